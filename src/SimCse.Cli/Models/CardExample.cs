using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Models;

namespace SimCse.Cli.Models;

/// <summary>The vectors of the sentences in a model card's own example, to compare with what the card or Python shows.</summary>
/// <param name="Texts">The sentences.</param>
/// <param name="Vectors">Their vectors.</param>
internal sealed record CardExample(IReadOnlyList<string> Texts, IReadOnlyList<float[]> Vectors)
{
    private const int Shown = 3;

    /// <summary>The cosine of the first two vectors.</summary>
    private double Cosine => TensorPrimitives.CosineSimilarity<float>(Vectors[0], Vectors[1]);

    /// <returns>The example; <see langword="null"/> where the card has none of two sentences or more.</returns>
    public static async Task<CardExample?> EncodeAsync(string modelFolder, Bundle bundle, CancellationToken cancellationToken)
    {
        var texts = ModelCard.Sentences(modelFolder);
        if (texts.Count < 2)
        {
            return null;
        }

        using var encoder = SentenceEncoder.Load(bundle, new SentenceEncoderOptions { Device = InferenceDevice.Cpu });
        var encoded = await encoder.EncodeAsync(texts, cancellationToken: cancellationToken);
        return new CardExample(texts, [.. Enumerable.Range(0, texts.Count).Select(i => encoded[i].ToArray())]);
    }

    public IEnumerable<string> Lines() =>
    [
        .. Texts.Select((text, i) => $"{(i == 0 ? "Example:" : ""),-12} {Start(i)} {text}"),
        string.Create(CultureInfo.InvariantCulture, $"{"",-12} cosine of the first two {Cosine:0.0000}"),
    ];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("example");
        json.WriteStartArray("sentences");
        foreach (var (text, vector) in Texts.Zip(Vectors))
        {
            json.WriteStartObject();
            json.WriteString("text", text);
            json.WriteStartArray("start");
            foreach (var value in vector.Take(Shown))
            {
                json.WriteNumberValue(value);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("cosine", Cosine);
        json.WriteEndObject();
    }

    private string Start(int text) =>
        $"[{string.Join(", ", Vectors[text].Take(Shown).Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture)))}, …]";
}
