namespace SimCse.Tokenization;

/// <summary>The MeCab dictionary of a model, and why it is this one.</summary>
/// <param name="Folder">The folder of the compiled dictionary.</param>
/// <param name="Name">Its name in <c>mecab_dic</c>; <see langword="null"/> where nothing but its folder is known.</param>
/// <param name="From">Why it was taken, in words: <c>named by the model</c>.</param>
public sealed record MecabDictionaryChoice(string Folder, string? Name, string From);
