using System.Text;

namespace SimCse.LocalHost;

/// <summary>Between the text that stands in a queue and the bytes that it means.</summary>
internal static class MessageBody
{
    public static string Encode(byte[] body, MessageEncoding encoding)
        => encoding == MessageEncoding.Base64 ? Convert.ToBase64String(body) : Encoding.UTF8.GetString(body);

    /// <summary>False for text that is not base64 where base64 is expected.</summary>
    public static bool TryDecode(string text, MessageEncoding encoding, out byte[] body)
    {
        if (encoding == MessageEncoding.None)
        {
            body = Encoding.UTF8.GetBytes(text);
            return true;
        }

        body = new byte[text.Length];
        var decoded = Convert.TryFromBase64String(text, body, out var length);
        body = body[..length];
        return decoded;
    }
}
