using System.Buffers.Text;

namespace SimCse.Jobs.State;

/// <summary>Queue messages arrive as JSON or as base64 of it: which of the two depends on who sent them.</summary>
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
