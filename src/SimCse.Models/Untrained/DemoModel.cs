using SimCse.Inference;

namespace SimCse.Models.Untrained;

/// <summary>
/// A small untrained BERT from a fixed seed: 4 layers × 256, 4 heads, one piece a character. Its vectors follow shared characters and mean
/// nothing else. It serves to try everything without the published model, and has the same bytes on every run and machine.
/// </summary>
public static class DemoModel
{
    /// <summary>Says that the model is untrained, wherever the name is shown.</summary>
    public const string Name = "simcse-demo-untrained";

    private static readonly RandomModelOptions Options = new()
    {
        Name = Name,
        Layers = 4,
        Hidden = 256,
        Heads = 4,
        Intermediate = 1024,
        Vocabulary = 0, // the characters and no more
        Seed = 20_261_123,
    };

    /// <summary>Writes a sentence-transformers folder, as the library itself would save the model.</summary>
    /// <param name="folder">The folder, which is made if necessary; files of the same names are overwritten.</param>
    public static void Write(string folder) => RandomModel.Write(folder, Options);

    /// <summary>Makes the model and imports it like any other.</summary>
    public static Bundle CreateBundle(string bundleFolder)
    {
        var model = Directory.CreateTempSubdirectory("simcse-demo-");
        try
        {
            Write(model.FullName);
            return ModelImporter.Import(model.FullName, bundleFolder);
        }
        finally
        {
            model.Delete(recursive: true);
        }
    }
}
