using System.Runtime.InteropServices;
using SimCse.Models.Weights.PyTorch;
using SimCse.Testing;

namespace SimCse.Models.Tests.Weights;

public sealed class PyTorchFileTests
{
    private static readonly byte[] SixFloats = MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray();

    [Fact]
    public void Reads_what_PyTorch_wrote()
    {
        using var file = PyTorchFile.Open(Path.Combine(ModelFixture.PyTorch.Folder, "2_Dense", "pytorch_model.bin"));

        Assert.Equal(["linear.bias", "linear.weight"], file.Names.Order());
        Assert.Equal([32, 32], file.TryFind("linear.weight")!.Shape);
        Assert.All(file.TryFind("linear.weight")!.Read(), value => Assert.InRange(value, -2, 2));
        Assert.Null(file.TryFind("linear"));
    }

    [Theory]
    [InlineData(0, new[] { 2, 3 }, new[] { 3, 1 }, new float[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(0, new[] { 3, 2 }, new[] { 1, 3 }, new float[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData(2, new[] { 2, 2 }, new[] { 2, 1 }, new float[] { 3, 4, 5, 6 })]
    [InlineData(1, new[] { 2, 1 }, new[] { 3, 1 }, new float[] { 2, 5 })]
    [InlineData(5, new int[0], new int[0], new float[] { 6 })]
    [InlineData(0, new[] { 0, 3 }, new[] { 3, 1 }, new float[0])]
    [InlineData(1, new[] { 3 }, new[] { 0 }, new float[] { 2, 2, 2 })]
    public void Reads_a_view_of_any_offset_and_strides(int offset, int[] shape, int[] strides, float[] expected)
    {
        using var folder = new TemporaryFolder();
        Save(folder, new PickleBuilder().Raw("}(").Text("w").Tensor("FloatStorage", "0", 6, offset, shape, strides).Raw("u"));

        using var file = PyTorchFile.Open(folder["a"]);

        Assert.Equal(shape, file.TryFind("w")!.Shape);
        Assert.Equal(expected, file.TryFind("w")!.Read());
    }

    [Theory]
    [InlineData("HalfStorage", "003e00c0")]
    [InlineData("BFloat16Storage", "c03f00c0")]
    public void Widens_sixteen_bit_types(string storage, string hex)
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Raw("}").Text("w").Tensor(storage, "0", 2, 0, [2], [1]).Raw("s").Stop();
        PickleBuilder.Save(folder["a"], pickle, ("data/0", Convert.FromHexString(hex)));

        using var file = PyTorchFile.Open(folder["a"]);

        Assert.Equal([1.5f, -2f], file.TryFind("w")!.Read());
    }

    [Fact]
    public void Reads_a_state_dict_with_its_metadata_and_parameters()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Global("collections", "OrderedDict").Raw(")R(").Text("w")
            .Global("torch._utils", "_rebuild_parameter").Raw("(").Tensor("FloatStorage", "0", 6, 0, [6], [1])
            .Raw(0x88).Global("collections", "OrderedDict").Raw(")RtRu")
            .Raw("}").Text("_metadata").Raw("}sb");
        Save(folder, pickle);

        using var file = PyTorchFile.Open(folder["a"]);

        Assert.Equal([1, 2, 3, 4, 5, 6], file.TryFind("w")!.Read());
    }

    [Theory]
    [InlineData("LongStorage", 0, 6, new[] { 1 }, new[] { 1 }, "w is a LongStorage; expected FloatStorage, HalfStorage or BFloat16Storage")]
    [InlineData("FloatStorage", 1, 6, new[] { 6 }, new[] { 1 }, "does not fit")]
    [InlineData("FloatStorage", 0, 6, new[] { 2 }, new[] { 6 }, "does not fit")]
    [InlineData("FloatStorage", 0, 6, new[] { 6 }, new[] { 1, 1 }, "does not fit")]
    [InlineData("FloatStorage", 0, 7, new[] { 7 }, new[] { 1 }, "needs 28 bytes of archive/data/0, which has 24")]
    [InlineData("FloatStorage", 0, 6, new[] { 1 << 20, 1 << 20 }, new[] { 0, 0 }, "at most")]
    [InlineData("FloatStorage", 0, 6, new[] { 1 << 14, 1 << 14 }, new[] { 0, 0 }, "has 268435456 elements of 4 bytes; the whole file has")]
    public void Refuses_a_tensor_that_its_storage_does_not_hold(
        string storage, int offset, int elements, int[] shape, int[] strides, string message)
    {
        using var folder = new TemporaryFolder();
        Save(folder, new PickleBuilder().Raw("}").Text("w").Tensor(storage, "0", elements, offset, shape, strides).Raw("s"));

        using var file = PyTorchFile.Open(folder["a"]);

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => file.TryFind("w")!.Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_tensor_whose_storage_is_missing()
    {
        using var folder = new TemporaryFolder();
        Save(folder, new PickleBuilder().Raw("}").Text("w").Tensor("FloatStorage", "7", 6, 0, [6], [1]).Raw("s"));

        using var file = PyTorchFile.Open(folder["a"]);

        Assert.Contains(
            "w lies in data/7, which the file lacks", Assert.Throws<InvalidDataException>(() => file.TryFind("w")!.Read()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("big", "has byte order 'big'; expected 'little'")]
    public void Refuses_another_byte_order(string order, string message)
    {
        using var folder = new TemporaryFolder();
        PickleBuilder.Save(folder["a"], new PickleBuilder().Raw("}").Stop(), ("byteorder", System.Text.Encoding.ASCII.GetBytes(order)));

        Assert.Contains(
            message, Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(folder["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_file_that_is_no_zip_file_and_says_what_to_do()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a"], new PickleBuilder().Raw("}").Stop());

        Assert.Contains(
            "a bare pickle, as PyTorch wrote before 1.6", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(folder["a"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_download_that_stopped_in_the_middle()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(Path.Combine(ModelFixture.PyTorch.Folder, "pytorch_model.bin"));
        File.WriteAllBytes(folder["a"], whole[..(whole.Length / 2)]);

        Assert.Contains(
            "It is truncated or damaged", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(folder["a"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_refused_by_name_or_read_and_never_anything_else()
    {
        using var folder = new TemporaryFolder();
        var good = File.ReadAllBytes(Path.Combine(ModelFixture.PyTorch.Folder, "2_Dense", "pytorch_model.bin"));
        var random = new Random(31);
        for (var i = 0; i < 1_000; i++)
        {
            var bytes = (byte[])good.Clone();
            var at = random.Next(bytes.Length);
            random.NextBytes(bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 40))));
            File.WriteAllBytes(folder["a"], random.Next(4) == 0 ? bytes[..at] : bytes);

            var error = Record.Exception(() =>
            {
                using var file = PyTorchFile.Open(folder["a"]);
                foreach (var name in file.Names)
                {
                    file.TryFind(name)!.Read();
                }
            });

            Assert.True(
                error is null || (error is InvalidDataException && error.Message.Contains(folder["a"], StringComparison.Ordinal)),
                $"{error}");
        }
    }

    [Fact]
    public void Refuses_a_zip_file_without_tensors()
    {
        using var folder = new TemporaryFolder();
        Save(folder, new PickleBuilder().Raw("]"));

        Assert.Contains(
            "holds no dict of tensors", Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(folder["a"])).Message,
            StringComparison.Ordinal);
    }

    private static void Save(TemporaryFolder folder, PickleBuilder pickle) =>
        PickleBuilder.Save(folder["a"], pickle.Stop(), ("data/0", SixFloats), ("version", "3\n"u8.ToArray()));
}
