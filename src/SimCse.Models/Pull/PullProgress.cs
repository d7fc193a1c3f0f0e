namespace SimCse.Models.Pull;

/// <summary>How far a pull has come.</summary>
/// <param name="File">The file in work, by its name in the model.</param>
/// <param name="Bytes">Of it, there already; those of an earlier, interrupted pull count.</param>
/// <param name="TotalBytes">Its size.</param>
public sealed record PullProgress(string File, long Bytes, long TotalBytes);
