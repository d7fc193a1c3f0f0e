using SimCse.Cli.CommandLine;
using SimCse.Inference;

namespace SimCse.Cli.Search;

/// <summary>Checks, before anything is encoded or compared, that vectors come from one model, and from the one of the queries.</summary>
internal static class ModelCheck
{
    private const int FingerprintShown = 12;

    /// <param name="files">The files, open already.</param>
    /// <param name="bundle">The model of the queries.</param>
    /// <param name="anyModel">Whether other models are allowed, as far as dimensions allow.</param>
    /// <param name="tell">Gets a sentence when a file does not say which model it is of.</param>
    /// <exception cref="CliException">The vectors cannot be compared.</exception>
    public static void Check(IReadOnlyList<VectorFile> files, Bundle bundle, bool anyModel, Action<string> tell)
    {
        if (!anyModel && CheckOne(files) is { } known && Fingerprint(known) != bundle.Model.Fingerprint)
        {
            throw new CliException(
                $"{known.Name} holds vectors of {Describe(known)}, not of {Describe(bundle.Model)}; name its bundle with --model, " +
                "or compare all the same with --any-model.");
        }

        // A file may hold only the first components of each vector, but never more components than the model makes.
        if (files.FirstOrDefault(file => file.Dimension > bundle.Model.Dimension) is { } larger)
        {
            throw new CliException(
                $"{larger.Name} holds vectors of {larger.Dimension} components; the model {bundle.Model.Name} makes " +
                $"{bundle.Model.Dimension}.");
        }

        if (!anyModel && files.FirstOrDefault(file => file.IsForeign && file.Dimension > 0 && file.Dimension != bundle.Model.Dimension)
            is { } foreign)
        {
            throw new CliException(
                $"{foreign.Name} holds vectors of {foreign.Dimension} components and does not say of which model; the model " +
                $"{bundle.Model.Name} makes {bundle.Model.Dimension}. Name the bundle of the model with --model.");
        }

        if (files.FirstOrDefault(file => file.Metadata is null) is { } silent)
        {
            tell($"{silent.Name} does not say which model made its vectors, which cannot be checked; they are taken for those of " +
                $"{bundle.Model.Name}.");
        }
    }

    /// <returns>One of the files that say which model they are of; <see langword="null"/> when none does.</returns>
    /// <exception cref="CliException">The files are of different models.</exception>
    public static VectorFile? CheckOne(IReadOnlyList<VectorFile> files)
    {
        var known = files.Where(file => file.Metadata is not null).ToList();
        return known.Find(file => Fingerprint(file) != Fingerprint(known[0])) is { } other
            ? throw new CliException(
                $"{known[0].Name} holds vectors of {Describe(known[0])}, {other.Name} of {Describe(other)}: those of different models " +
                "cannot be compared. Name the files of one model only; 'simcse submit --all' encodes all sources with one model.")
            : known.FirstOrDefault();
    }

    private static string Fingerprint(VectorFile file) => file.Metadata!.Model.Fingerprint;

    private static string Describe(VectorFile file) => Describe(file.Metadata!.Model);

    private static string Describe(ModelDescription model) =>
        $"the model {model.Name} (fingerprint {model.Fingerprint[..Math.Min(FingerprintShown, model.Fingerprint.Length)]}…)";
}
