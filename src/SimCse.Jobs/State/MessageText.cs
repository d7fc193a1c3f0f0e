using System.Buffers.Text;
using System.Text;

namespace SimCse.Jobs.State;

/// <summary>
/// Decodes the text of a queue message. Event Grid and older SDKs write base64, which the host passes on unchanged under
/// <c>messageEncoding</c> none. Base64 is decoded only if it contains JSON.
/// </summary>
internal static class MessageText
{
    private const char ByteOrderMark = '\uFEFF';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Decode(string message)
    {
        if (IsJson(message) || !Base64.IsValid(message))
        {
            return message;
        }

        try
        {
            var decoded = StrictUtf8.GetString(Convert.FromBase64String(message)).TrimStart(ByteOrderMark);
            return IsJson(decoded) ? decoded : message;
        }
        catch (Exception e) when (e is DecoderFallbackException or FormatException)
        {
            return message;
        }
    }

    private static bool IsJson(string text) => text.AsSpan().TrimStart() is ['{' or '[', ..];
}
