using SimCse.Inference;

namespace SimCse.Models.Untrained;

/// <summary>
/// A small untrained BERT from a fixed seed: 4 layers × 256, 4 heads, one piece a character. Its vectors follow shared characters and mean
/// nothing else; it serves to try everything where the published model cannot be had. The same bytes on every run and machine.
/// </summary>
public static class DemoModel
{
    /// <summary>Says of what kind it is wherever the name is shown.</summary>
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
    /// <param name="folder">Made when it does not exist; files of the same names are overwritten.</param>
    public static void Write(string folder) => RandomModel.Write(folder, Options);

    /// <summary>Makes the model and imports it as any other is imported.</summary>
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
