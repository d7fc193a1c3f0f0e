using SimCse.Models.Weights;
using SimCse.Testing;

namespace SimCse.Models.Tests.Weights;

public sealed class CheckpointTests
{
    [Theory]
    [InlineData("pooler.LayerNorm.weight")]
    [InlineData("bert.pooler.LayerNorm.weight")]
    [InlineData("pooler.LayerNorm.gamma")]
    [InlineData("bert.pooler.LayerNorm.gamma")]
    public void Finds_a_tensor_under_each_of_its_names(string name)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["model.safetensors"], [(name, [2], [1, 2])]);

        using var weights = Checkpoint.Open(folder.Path);

        Assert.Equal([1, 2], weights.Read("pooler.LayerNorm.weight", 2));
    }

    [Fact]
    public void Names_a_missing_tensor_with_the_shape_expected()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["model.safetensors"], [("other", [2], [1, 2])]);
        using var weights = Checkpoint.Open(folder.Path);

        var error = Assert.Throws<InvalidDataException>(() => weights.Read("linear.weight", 3, 4));

        Assert.Contains(
            "lacks the tensor linear.weight of shape [3, 4]; it holds 1 tensors: other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_a_misshapen_tensor_with_the_shapes_found_and_expected()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["model.safetensors"], [("linear.weight", [4, 3], new float[12])]);
        using var weights = Checkpoint.Open(folder.Path);

        var error = Assert.Throws<InvalidDataException>(() => weights.Read("linear.weight", 3, 4));

        Assert.Contains("linear.weight has shape [4, 3]; expected [3, 4]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_a_checkpoint_in_several_safetensors_files()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["model-00001-of-00002.safetensors"], [("a", [1], [1])]);
        SafetensorsWriter.Write(folder["model-00002-of-00002.safetensors"], [("b", [1], [2])]);
        WriteIndex(folder, "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");

        using var weights = Checkpoint.Open(folder.Path);

        Assert.Equal((1f, 2f), (weights.Read("a", 1)[0], weights.Read("b", 1)[0]));
    }

    [Fact]
    public void Reads_a_checkpoint_in_several_PyTorch_files()
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, name) in new[] { ("1.bin", "a"), ("2.bin", "b") })
        {
            var pickle = new PickleBuilder().Raw("}").Text(name).Tensor("FloatStorage", "0", 1, 0, [1], [1]).Raw("s").Stop();
            PickleBuilder.Save(folder[file], pickle, ("data/0", [0, 0, 0x80, 0x3F]));
        }

        WriteIndex(folder, "pytorch_model.bin.index.json", "1.bin", "2.bin");

        using var weights = Checkpoint.Open(folder.Path);

        Assert.Equal((1f, 1f), (weights.Read("a", 1)[0], weights.Read("b", 1)[0]));
    }

    [Fact]
    public void Refuses_an_index_whose_file_is_missing()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["1"], [("a", [1], [1])]);
        WriteIndex(folder, "model.safetensors.index.json", "1", "2");

        var error = Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(folder.Path));

        Assert.Contains("The download is incomplete", error.Message, StringComparison.Ordinal);
        Assert.Equal(folder["2"], error.FileName);
    }

    [Fact]
    public void Refuses_an_index_that_names_a_tensor_which_its_file_lacks()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["1"], [("a", [1], [1])]);
        WriteIndex(folder, "model.safetensors.index.json", "1", "1");
        using var weights = Checkpoint.Open(folder.Path);

        Assert.Contains(
            "says that 1 holds b; it does not", Assert.Throws<InvalidDataException>(() => weights.Read("b", 1)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../1")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    public void Refuses_an_index_that_leads_out_of_its_folder(string file)
    {
        using var folder = new TemporaryFolder();
        WriteIndex(folder, "model.safetensors.index.json", file, file);

        Assert.Contains(
            $"names the file '{file}'", Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Knows_the_pointer_that_a_clone_without_its_weights_holds()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pytorch_model.bin"], "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 445000000\n");

        Assert.Contains(
            "'git lfs pull'", Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_is_looked_at_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Raw("}").Text("w").Tensor("FloatStorage", "0", 1, 0, [1 << 15, 1 << 15], [0, 0]).Raw("s").Stop();
        PickleBuilder.Save(folder["pytorch_model.bin"], pickle, ("data/0", [0, 0, 0x80, 0x3F]));
        using var weights = Checkpoint.Open(folder.Path);

        Assert.Contains(
            "has shape [32768, 32768]; expected [2]", Assert.Throws<InvalidDataException>(() => weights.Read("w", 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Says_which_files_it_looked_for()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains(
            "expected one of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json",
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void WriteIndex(TemporaryFolder folder, string index, string fileOfA, string fileOfB) =>
        File.WriteAllText(folder[index], $$$"""{"metadata": {"total_size": 8}, "weight_map": {"a": "{{{fileOfA}}}", "b": "{{{fileOfB}}}"}}""");
}
