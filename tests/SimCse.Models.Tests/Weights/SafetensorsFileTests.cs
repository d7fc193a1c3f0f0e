using System.Buffers.Binary;
using System.Text;
using SimCse.Models.Weights;
using SimCse.Testing;

namespace SimCse.Models.Tests.Weights;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void Reads_what_was_written()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [("one", [2, 3], [1, 2, 3, 4, 5, float.MinValue]), ("two", [1], [-0f])]);

        using var file = SafetensorsFile.Open(folder["a"]);

        Assert.Equal(["one", "two"], file.Names);
        Assert.Equal([2, 3], file.TryFind("one")!.Shape);
        Assert.Equal([1, 2, 3, 4, 5, float.MinValue], file.TryFind("one")!.Read());
        Assert.Equal([-0f], file.TryFind("two")!.Read());
        Assert.Null(file.TryFind("three"));
    }

    [Theory]
    [InlineData("F32", "0000c03f000000c0", 1.5f, -2f)]
    [InlineData("F16", "003e00c0", 1.5f, -2f)]
    [InlineData("BF16", "c03f00c0", 1.5f, -2f)]
    public void Widens_every_floating_point_type(string type, string hex, float first, float second)
    {
        var data = Convert.FromHexString(hex);
        using var folder = new TemporaryFolder();
        Write(folder["a"], $$$"""{"w":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[0,{{{data.Length}}}]}}""", data);

        using var file = SafetensorsFile.Open(folder["a"]);

        Assert.Equal([first, second], file.TryFind("w")!.Read());
    }

    [Fact]
    public void Lists_a_tensor_of_integers_and_refuses_it_by_name_only_when_it_is_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a"], """{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]);

        using var file = SafetensorsFile.Open(folder["a"]);

        Assert.Equal(["ids"], file.Names);
        var error = Assert.Throws<InvalidDataException>(() => file.TryFind("ids")!.Read());
        Assert.Contains("ids has type I64; expected F32, F16 or BF16", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "its shape [2] needs 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "the file holds 12 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[-4,8]}}""", "places w at [-4, 8]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}""", "places w at [12, 0]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0]}}""", "places w at [0]")]
    [InlineData("""{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlaps")]
    [InlineData("""{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "leaves a gap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "its tensors end at 8")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[12],"data_offsets":[0,12]}}""", "w has type F8_E4M3; expected F32, F16 or BF16")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-3,-1],"data_offsets":[0,12]}}""", "shape [-3, -1]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,12]}}""", "at most")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3]}}""", "header that cannot be read")]
    [InlineData("""{"w":{"dtype":5,"shape":[3],"data_offsets":[0,12]}}""", "header that cannot be read")]
    [InlineData("""{"w":7}""", "header that cannot be read")]
    [InlineData("""[]""", "header that cannot be read")]
    [InlineData("""{"w":""", "header that cannot be read")]
    public void Refuses_a_header_that_does_not_fit_the_data(string header, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder["a"], header, new byte[12]);

        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(folder["a"]));

        Assert.Contains(folder["a"], error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "has 0 bytes")]
    [InlineData("01020304", "has 4 bytes")]
    [InlineData("0001000000000000", "says that its header has 256 bytes; the file has 8")]
    [InlineData("ffffffffffffffff", "says that its header has 18446744073709551615 bytes")]
    public void Refuses_a_file_that_ends_in_its_header(string hex, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a"], Convert.FromHexString(hex));

        Assert.Contains(
            message, Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(folder["a"])).Message, StringComparison.Ordinal);
    }

    private static void Write(string path, string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)Encoding.UTF8.GetByteCount(header));
        File.WriteAllBytes(path, [.. length, .. Encoding.UTF8.GetBytes(header), .. data]);
    }
}
