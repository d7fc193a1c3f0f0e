namespace SimCse.Models.Evaluation;

/// <summary>Two sentences and how similar people found them.</summary>
public sealed record StsPair(string Sentence1, string Sentence2, double Score);
