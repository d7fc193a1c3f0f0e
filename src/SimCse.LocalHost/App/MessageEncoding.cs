namespace SimCse.LocalHost;

/// <summary>How message bodies are written in the queue; one setting for all queues of an app.</summary>
internal enum MessageEncoding
{
    Base64,
    None,
}
