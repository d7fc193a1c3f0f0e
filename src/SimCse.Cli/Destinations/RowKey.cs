using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SimCse.Cli.Destinations;

/// <summary>
/// One name for a row, the same in every run: the first 128 bits of the SHA-256 of its source, line and chunk, divided by U+0000, as 32
/// hexadecimal digits. Azure AI Search takes it as a key, and Qdrant and PostgreSQL as a UUID.
/// </summary>
internal static class RowKey
{
    private const int Bytes = 16;

    public static string Of(string source, long line, int? chunk) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{source}\0{line}\0{chunk ?? 0}")))
            .AsSpan(0, Bytes));
}
