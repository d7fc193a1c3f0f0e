using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Inference;
using SimCse.Models;
using SimCse.Tokenization;

namespace SimCse.Cli.Models;

/// <summary>The options that <c>model import</c> and <c>model pull</c> share.</summary>
internal sealed class ImportArguments
{
    private static readonly ImportOptions Defaults = new();

    private readonly Option<string?> _dictionary = new("--dictionary")
    {
        Description = "MeCab dictionary to copy into the bundle: ipadic, unidic_lite, unidic, or a folder of a compiled one (sys.dic and " +
            "its kin). Default: the one that the model names; where it names none, its vocabulary decides.",
        HelpName = "NAME|DIR",
    };

    private readonly Option<string[]> _ignore = new("--ignore")
    {
        Description =
            "Setting of the model's files to ignore although it may change vectors, such as config.json:new_key; may be repeated.",
        HelpName = "FILE:KEY",
    };

    private readonly Option<string?> _expect = new("--expect")
    {
        Description = "JSON lines of what the model gives elsewhere (text, input_ids, embedding, prompt_name), to compare the bundle " +
            "with. Default: expected.jsonl in the model's folder, if it is there.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _allowDifference = new("--allow-difference")
    {
        Description = "Write the bundle even if its ids or vectors are not the expected ones.",
    };

    private readonly Option<bool> _standard = new("--standard")
    {
        Description = "Also write onnx/model.onnx for other runtimes: input_ids, attention_mask, token_type_ids in, last_hidden_state " +
            "and sentence_embedding out.",
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description =
            "fp32: exact. int8: the fastest on CPU, in 8 bits, with in fp32 what would lose too much. int16: between these two. fp16: " +
            "for GPUs. int8-stable is an older name of int8.",
        DefaultValueFactory = _ => Precision.Float32.Name(),
    };

    private readonly Option<double> _minCosine = Share(
        "--min-cosine", "Least cosine to fp32's vectors, at the first percentile, in int8; in int16 never below 0.9999.",
        Defaults.MinCosine);
    private readonly Option<double> _minSpearman = Share(
        "--min-spearman", "Least Spearman correlation to fp32's pair similarities, in int8.", Defaults.MinSpearman);

    private readonly Option<bool> _allowLowQuality = new("--allow-low-quality")
    {
        Description = "Write the bundle even if it falls below these with half of the matrices in fp32.",
    };

    private readonly Option<string?> _calibration = new("--calibration")
    {
        Description = "Your own texts, one a line, to calibrate int8 and to measure its loss with. Default: built-in sentences in the " +
            "language of the model's vocabulary.",
        HelpName = "FILE",
    };

    public ImportArguments() => _precision.AcceptOnlyFromAmong([.. EnumNames.All<Precision>()]);

    public void AddTo(CliCommand command)
    {
        command.Add(_dictionary);
        command.Add(_ignore);
        command.Add(_expect);
        command.Add(_allowDifference);
        command.Add(_standard);
        command.Add(_precision);
        command.Add(_minCosine);
        command.Add(_minSpearman);
        command.Add(_allowLowQuality);
        command.Add(_calibration);
    }

    /// <summary>The value of <c>--dictionary</c>: a name, a folder, or neither.</summary>
    /// <exception cref="CliException">It is none of these.</exception>
    public (string? Name, string? Folder) Dictionary(CliContext context) =>
        context.Get(_dictionary) is not { } value ? default
        : MecabDictionaryFolder.KnownNames.Contains(value) ? (value, null)
        : MecabDictionaryFolder.Files.All(file => File.Exists(Path.Combine(value, file))) ? (null, value)
        : throw new CliException(
            $"--dictionary is '{value}', which is neither a name ({string.Join(", ", MecabDictionaryFolder.KnownNames.Order())}) nor a " +
            $"folder of a compiled dictionary ({string.Join(", ", MecabDictionaryFolder.Files)}).");

    public ImportOptions Read(CliContext context)
    {
        var precision = EnumNames.Find<Precision>(context.Get(_precision))!.Value;
        if (precision == Precision.Int8Stable)
        {
            context.Terminal.Warn("--precision int8-stable is int8 now: in int8, too, the vector of a text is the same in any batch.");
        }

        var calibration = context.Get(_calibration);
        return calibration is null || File.Exists(calibration)
            ? new ImportOptions
            {
                DictionaryFolder = Dictionary(context).Folder,
                DictionaryName = Dictionary(context).Name,
                IgnoredSettings = context.Get(_ignore) ?? [],
                ExpectFile = context.Get(_expect),
                AllowDifference = context.Get(_allowDifference),
                StandardGraph = context.Get(_standard),
                Precision = precision,
                MinCosine = context.Get(_minCosine),
                MinSpearman = context.Get(_minSpearman),
                AllowLowQuality = context.Get(_allowLowQuality),
                CalibrationFile = calibration,
            }
            : throw new CliException($"--calibration names '{calibration}', which is not there; expected a file with one text a line.");
    }

    private static Option<double> Share(string name, string description, double byDefault)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "0…1", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(
                double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1))
            {
                result.AddError($"{name} is '{result.Tokens[0].Value}'; expected a number from 0 to 1.");
            }
        });
        return option;
    }
}
