using SimCse.Models.Weights.PyTorch;

namespace SimCse.Models.Tests.Weights;

public sealed class PickleReaderTests
{
    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("os.Storage", "FloatStorage")]
    public void Refuses_by_name_whatever_is_not_a_tensor(string module, string name)
    {
        var pickle = new PickleBuilder().Global(module, name).Raw("(").Text("rm -rf /").Raw("tR").Stop();

        Assert.Contains($"asks for {module}.{name}; expected tensors and nothing else", Refusal(pickle), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_by_name_what_the_newer_opcode_asks_for()
    {
        var pickle = new PickleBuilder().Text("os").Raw(0x94).Text("system").Raw(0x94, 0x93).Stop();

        Assert.Contains("asks for os.system", Refusal(pickle), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("i")] // INST
    [InlineData("o")] // OBJ
    [InlineData("\u0081")] // NEWOBJ
    [InlineData("\u0082")] // EXT1
    [InlineData("P")] // PERSID
    public void Refuses_opcodes_that_make_objects_in_other_ways(string opcode) =>
        Assert.Contains(
            "which no PyTorch checkpoint needs", Refusal(new PickleBuilder().Raw("((").Raw(opcode).Stop()), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("X\u00FF\u00FF\u00FF\u007Fab")]
    [InlineData("ctorch")]
    [InlineData("M\u0001")]
    public void Refuses_a_pickle_that_ends_too_early(string opcodes) =>
        Assert.Contains("It is truncated", Refusal(new PickleBuilder().Raw(opcodes).Unfinished()), StringComparison.Ordinal);

    [Theory]
    [InlineData("R", "takes more from its stack")]
    [InlineData("t", "closes a group that it has not opened")]
    [InlineData("h\u0005", "recalls entry 5, which it has not stored")]
    [InlineData("NNs", "takes more from its stack")]
    [InlineData("NNNs", "sets items of something that is not a dict")]
    [InlineData("NNa", "appends to something that is not a list")]
    [InlineData("NNb", "sets attributes of something that is not a dict")]
    [InlineData("N)R", "calls something that cannot be called")]
    [InlineData("(Nt)R", "calls something that cannot be called")]
    [InlineData("ccollections\nOrderedDict\n(NtR", "calls collections.OrderedDict with arguments")]
    [InlineData("ctorch\nFloatStorage\n)R", "calls torch.FloatStorage with arguments")]
    [InlineData("(NtQ", "persistent id that does not name a storage")]
    [InlineData("\u0080\u0001", "protocol 1; expected 2 to 5")]
    public void Refuses_a_pickle_that_makes_no_sense(string opcodes, string message) =>
        Assert.Contains(message, Refusal(new PickleBuilder().Raw(opcodes).Stop()), StringComparison.Ordinal);

    [Fact]
    public void Refuses_random_bytes_with_a_reason_and_never_otherwise()
    {
        var random = new Random(20_261_123);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            var error = Record.Exception(() => PickleReader.Read(bytes, "random"));
            Assert.True(error is null or InvalidDataException, $"{Convert.ToHexString(bytes)}: {error}");
        }
    }

    [Theory]
    [InlineData("K\u0007", 7L)]
    [InlineData("M\u0001\u0001", 257L)]
    [InlineData("J\u00FF\u00FF\u00FF\u00FF", -1L)]
    [InlineData("\u008a\u0002\u00FF\u00FF", -1L)]
    [InlineData("\u008a\u0003\u00FF\u00FF\u0000", 65535L)]
    [InlineData("\u008a\u0000", 0L)]
    [InlineData("G\u003F\u00F8\u0000\u0000\u0000\u0000\u0000\u0000", 1.5)]
    [InlineData("\u008c\u0002ab", "ab")]
    [InlineData("\u0088", true)]
    [InlineData("N", null)]
    public void Reads_numbers_text_and_constants(string opcodes, object? expected) =>
        Assert.Equal(expected, PickleReader.Read(new PickleBuilder().Raw(opcodes).Stop(), "pickle"));

    private static string Refusal(byte[] pickle) => Assert.Throws<InvalidDataException>(() => PickleReader.Read(pickle, "pickle")).Message;
}
