namespace SimCse.Models.Pull;

/// <summary>A model as it lies in the cache after a pull.</summary>
/// <param name="Name">The model's name on the hub, <c>owner/name</c>.</param>
/// <param name="Commit">The revision's full commit id.</param>
/// <param name="Folder">A sentence-transformers folder.</param>
/// <param name="Dictionaries">
/// The folders of the MeCab dictionaries that were pulled, by name: the one that the model names, or all that it may want.
/// </param>
/// <param name="Licence">The licence of the weights, as the model's card names it.</param>
public sealed record PulledModel(
    string Name, string Commit, string Folder, IReadOnlyDictionary<string, string> Dictionaries, string? Licence);
