namespace SimCse.Models.Untrained;

/// <summary>
/// N(0, 0.02) from a seed, the same bits on every machine: the sum of twelve uniform 16-bit numbers, which is normal to the third decimal
/// and needs integer additions only. Logarithms and cosines (Box–Muller) differ in the last bit from one C library to the next.
/// </summary>
internal sealed class SeededNormal(ulong seed)
{
    private const int Uniforms = 12;
    private const int UniformsPerDraw = 4;

    /// <summary>BERT's <c>initializer_range</c>, per step of 1/65536; twelve uniforms over [0, 1) have variance 1.</summary>
    private const double Scale = 0.02 / 65536;

    /// <summary>Twice the mean of the sum: 12 × 65535.</summary>
    private const int TwiceMean = Uniforms * ushort.MaxValue;

    private ulong _state = seed;

    public float[] Next(int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var sum = 0;
            for (var draw = 0; draw < Uniforms / UniformsPerDraw; draw++)
            {
                var bits = NextBits();
                sum += (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48);
            }

            values[i] = (float)(((2 * sum) - TwiceMean) * 0.5 * Scale);
        }

        return values;
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).</summary>
    private ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        var bits = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
