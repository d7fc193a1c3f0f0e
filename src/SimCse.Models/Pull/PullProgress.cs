namespace SimCse.Models.Pull;

/// <summary>How far a pull has come.</summary>
/// <param name="File">The current file's name in the model.</param>
/// <param name="Bytes">The bytes of the file that have arrived, those of an earlier, interrupted pull included.</param>
/// <param name="TotalBytes">The file's size.</param>
public sealed record PullProgress(string File, long Bytes, long TotalBytes);
