using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Jobs.Sources;
using SimCse.Tokenization;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse tokenize</c>: shows what the model reads, one JSON object per text.</summary>
internal sealed class TokenizeCommand : CliCommand
{
    private readonly Argument<string> _file = CommonArguments.File();
    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly PromptOptions _prompt = new();
    private readonly Option<SourceKind> _format = CommonOptions.Format();

    public TokenizeCommand()
        : base("tokenize", "Show how texts are cut: one JSON object a text with text, words, tokens, input_ids and truncated.")
    {
        Add(_file);
        Add(_model);
        _prompt.AddTo(this);
        Add(_format);
        Examples = ["echo 吾輩は猫である。 | simcse tokenize", "simcse tokenize texts.txt --model ./bundle | jq -c .words"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        await using var input = await TextInput.OpenAsync(context.Get(_file)!, context.Get(_format), context.CancellationToken);
        var (bundle, tokenizer) = await ModelSelection.OpenTokenizerAsync(
            context.Get(_model), context.Terminal, context.CancellationToken);
        var prompt = bundle.Prompts.Resolve(_prompt.Text(context), _prompt.Name(context));
        var skipped = new SkippedLines(context.Terminal);
        var texts = 0L;
        await foreach (var record in input.Source.ReadAsync(context.CancellationToken))
        {
            if (record.Text is null)
            {
                skipped.Add(record);
                continue;
            }

            texts++;
            await context.Terminal.Data.WriteLineAsync(
                ToJson(prompt, record.Text, tokenizer.Tokenize(prompt + record.Text)).AsMemory(), context.CancellationToken);
        }

        await context.Terminal.Data.FlushAsync(context.CancellationToken);
        skipped.Summarise(texts);
        return ExitCodes.Success;
    }

    private static string ToJson(string prompt, string text, TokenizedText tokenized) => JsonLine.Write(json =>
    {
        if (prompt.Length > 0)
        {
            json.WriteString("prompt", prompt);
        }

        json.WriteString("text", text);
        json.WriteStrings("words", tokenized.Words);
        json.WriteStrings("tokens", tokenized.Tokens);
        json.WriteStartArray("input_ids");
        foreach (var id in tokenized.InputIds)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WriteBoolean("truncated", tokenized.Truncated);
    });
}
