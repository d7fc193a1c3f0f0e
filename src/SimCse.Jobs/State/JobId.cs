using System.Security.Cryptography;
using System.Text.Json;

namespace SimCse.Jobs.State;

/// <summary>Computes a job's id: the same source, version, model and options are the same job.</summary>
internal static class JobId
{
    private const int Length = 20; // 100 bits: no two jobs of an account will get the same id
    private const int BitsPerCharacter = 5;
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648 base32, in lower case

    public static string Compute(string source, string etag, string fingerprint, JobOptions options) =>
        Compute(source, etag, fingerprint, JsonSerializer.Serialize(options.OfOutput, JobsJson.Default.JobOptions));

    public static string Compute(string source, string etag, string fingerprint, string options)
    {
        var identity = string.Join('\n', source, etag, fingerprint, options);
        var hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(identity));
        return string.Create(Length, hash, static (id, hash) =>
        {
            for (var i = 0; i < id.Length; i++)
            {
                var bit = i * BitsPerCharacter;
                var window = (hash[bit / 8] << 8) | hash[(bit / 8) + 1];
                id[i] = Alphabet[(window >> (16 - BitsPerCharacter - (bit % 8))) & 31];
            }
        });
    }

    /// <summary>Whether a string can be the beginning of a job's id.</summary>
    public static bool IsBeginning(string text) => text.Length is > 0 and < Length && text.All(Alphabet.Contains);

    /// <summary>Whether a string has the form of a job's id. Ids from users and queues become part of blob names.</summary>
    public static bool IsValid(string? job) => job is { Length: Length } && job.All(Alphabet.Contains);
}
