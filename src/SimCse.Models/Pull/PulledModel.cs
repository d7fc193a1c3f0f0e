namespace SimCse.Models.Pull;

/// <summary>A model as it lies in the cache after a pull.</summary>
/// <param name="Name">As on the hub: <c>owner/name</c>.</param>
/// <param name="Commit">The revision's full commit id.</param>
/// <param name="Folder">A sentence-transformers folder.</param>
/// <param name="DictionaryFolder">The MeCab dictionary that the model needs, where it was pulled too.</param>
/// <param name="Licence">Of the weights, as the model's card says.</param>
public sealed record PulledModel(string Name, string Commit, string Folder, string? DictionaryFolder, string? Licence);
