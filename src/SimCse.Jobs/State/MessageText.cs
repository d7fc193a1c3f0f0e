using System.Buffers.Text;

namespace SimCse.Jobs.State;

/// <summary>Decodes queue messages, which are JSON or base64 of JSON, depending on who sent them.</summary>
internal static class MessageText
{
    public static string Decode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.AsSpan().Trim();
        if (trimmed.StartsWith("{") || trimmed.StartsWith("[") || !Base64.IsValid(trimmed))
        {
            return text;
        }

        var bytes = Convert.FromBase64String(trimmed.ToString());
        return System.Text.Encoding.UTF8.GetString(bytes);
    }
}
