using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Finds the range of a model's components for vectors of 8 bits. It depends on no text of the job: where the model ends with a hyperbolic
/// tangent, or vectors have length 1, it is −1 to 1. Otherwise it is the next power of two over the largest component of a few sentences,
/// so that small differences between processors do not change it.
/// </summary>
public static class VectorCalibration
{
    private static readonly string[] Sentences =
    [
        "吾輩は猫である。名前はまだ無い。", "東京都は、新しい図書館を来年の四月に開くと発表した。", "はい。", "この本はとても面白かったので、友人にも薦めました。",
        "会議は午後三時から始まります。", "雨が降っているため、試合は中止になった。", "研究者たちは、深海で新種の魚を発見したと述べている。", "ありがとうございます！",
        "2026年11月27日の東京市場では、円が1ドル=150円台で取引された。", "https://example.com/ をご覧ください。",
        "駅前の商店街には、古くから続く和菓子屋やパン屋、書店などが軒を連ねており、休日には多くの家族連れでにぎわう。",
        "The quick brown fox jumps over the lazy dog.", "カレーライスとラーメン、どちらが好きですか？", "😀うれしい", "本契約に定めのない事項については、両者で協議の上、決定する。",
        "子供が公園で犬と遊んでいます。",
    ];

    /// <summary>The range to store components of 8 bits by; <see cref="VectorRange.Unit"/> for the types that need none.</summary>
    public static async Task<VectorRange> FindAsync(
        SentenceEncoder encoder, VectorType? type, EncodeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        if (type is not (VectorType.Int8 or VectorType.UInt8) || options.Normalize || IsBounded(encoder.Bundle.Manifest.Modules))
        {
            return VectorRange.Unit;
        }

        var encoded = await encoder.EncodeAsync(Sentences, options, cancellationToken);
        var largest = TensorPrimitives.MaxMagnitude(encoded.Vectors);
        return largest != 0 && float.IsFinite(largest)
            ? new VectorRange((float)Math.Pow(2, Math.Ceiling(Math.Log2(Math.Abs(largest)))))
            : VectorRange.Unit;
    }

    /// <summary>Whether the last module leaves no component beyond −1 to 1.</summary>
    internal static bool IsBounded(IReadOnlyList<string> modules) => modules.Count > 0
        && (modules[^1] == "normalize" || modules[^1].EndsWith(" tanh", StringComparison.Ordinal)
            || modules[^1].EndsWith(" sigmoid", StringComparison.Ordinal));
}
