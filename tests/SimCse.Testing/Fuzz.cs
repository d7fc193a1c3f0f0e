namespace SimCse.Testing;

/// <summary>Seeded nonsense.</summary>
public static class Fuzz
{
    private const string Telling = "\"\\{}[]:,/ \n\t=u0aAdD8fF\uFEFF\u0000あ漢😀";

    /// <summary>Up to <paramref name="maxLength"/> code points, many of which mean something to JSON.</summary>
    public static string Text(Random random, int maxLength) =>
        string.Concat(Enumerable.Range(0, random.Next(maxLength)).Select(_ => random.Next(3) switch
    {
        0 => char.ConvertFromUtf32(random.Next(0x20, 0xD800)),
        1 => char.ConvertFromUtf32(random.Next(0x1F300, 0x1F700)),
        _ => Telling.EnumerateRunes().ElementAt(random.Next(Telling.EnumerateRunes().Count())).ToString(),
    }));

    /// <summary>Changes, drops, doubles or inserts a few bytes.</summary>
    public static byte[] Damage(Random random, byte[] bytes)
    {
        var damaged = bytes.ToList();
        for (var i = random.Next(1, 4); i > 0 && damaged.Count > 0; i--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, Math.Min(random.Next(1, 6), damaged.Count - at));
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(random.Next(1, 12), damaged.Count - at)));
                    break;
                default:
                    damaged.Insert(at, (byte)Telling[random.Next(20)]);
                    break;
            }
        }

        return [.. damaged];
    }
}
