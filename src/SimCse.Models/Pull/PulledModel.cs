namespace SimCse.Models.Pull;

/// <summary>A model as it lies in the cache after a pull.</summary>
/// <param name="Name">The model's name on the hub, <c>owner/name</c>.</param>
/// <param name="Commit">The revision's full commit id.</param>
/// <param name="Folder">A sentence-transformers folder.</param>
/// <param name="DictionaryFolder">The MeCab dictionary that the model needs; <see langword="null"/> when none was pulled.</param>
/// <param name="Licence">The licence of the weights, as the model's card names it.</param>
public sealed record PulledModel(string Name, string Commit, string Folder, string? DictionaryFolder, string? Licence);
