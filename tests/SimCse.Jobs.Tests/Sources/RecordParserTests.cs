using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

public sealed class RecordParserTests
{
    [Theory]
    [InlineData("""{"text": "猫"}""", "7", "猫")]
    [InlineData("""{"id": "a-1", "text": "猫"}""", "a-1", "猫")]
    [InlineData("""{"id": 12.50, "text": "猫"}""", "12.50", "猫")]
    [InlineData("""{"id": null, "text": "猫"}""", "7", "猫")]
    [InlineData("""{"id": {"$oid": "6a"}, "text": "猫"}""", "{\"$oid\": \"6a\"}", "猫")]
    [InlineData("""{"id": true, "text": "猫"}""", "true", "猫")]
    [InlineData("""{"id": [1, "b"], "text": "猫"}""", "[1, \"b\"]", "猫")]
    [InlineData("\uFEFF{\"text\": \"猫\"}", "7", "猫")]
    [InlineData("""{"text": " 猫", "other": [1, {"text": "nested"}]}""", "7", " 猫")]
    [InlineData("""{"text": "first", "text": "last"}""", "7", "last")]
    [InlineData("""{"text": "a\u0000b\n\"\\\/\u732b"}""", "7", "a\0b\n\"\\/猫")]
    [InlineData("""{"text": "\ud83d\ude3a"}""", "7", "😺")]
    [InlineData("""{"text": "a\ud83db\ude3ac\t\u732b"}""", "7", "a\ufffdb\ufffdc\t猫")]
    [InlineData("""{"id": "\udc00", "text": "猫"}""", "\ufffd", "猫")]
    public async Task A_JSON_object_with_a_text_is_a_record(string line, string id, string text)
    {
        var record = await ParseAsync(line, jsonLines: true);
        Assert.Equal((id, text, null), (record.Id, record.Text, record.Error));
    }

    [Theory]
    [InlineData("not json", "7", "The line is not JSON")]
    [InlineData("""{"text": "cut""", "7", "The line is not JSON")]
    [InlineData("""{"text": "a"} {"text": "b"}""", "7", "The line is not JSON")]
    [InlineData("""["text"]""", "7", "The line is a JSON array; expected an object")]
    [InlineData("\"text\"", "7", "The line is a JSON string; expected an object")]
    [InlineData("""{"id": "x", "txt": "a"}""", "x", "The object has no property \"text\"; it has \"id\", \"txt\".")]
    [InlineData("{}", "7", "The object has no property \"text\"; it has none.")]
    [InlineData("""{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0}""", "7", "The object has no property \"text\"; it has \"a\", \"b\"")]
    [InlineData("""{"id":2,"text":"犬",}""", "7", "The line is not JSON (byte 22: a comma stands before a closing bracket).")]
    [InlineData("""{"id": "x", "text": 5}""", "x", "\"text\" is a JSON number; expected a string")]
    [InlineData("""{"id": "x", "text": null}""", "x", "\"text\" is a JSON null; expected a string")]
    [InlineData("""{"id": "x", "text": ""}""", "x", "The text is empty.")]
    [InlineData("""{"id": "x", "text": " \n\u3000"}""", "x", "The text is empty.")]
    [InlineData("""{"\ud800": 1, "id": "x"}""", "7", "The line is not JSON")]
    public async Task A_line_that_is_no_record_says_what_was_found_and_expected(string line, string id, string error)
    {
        var record = await ParseAsync(line, jsonLines: true);
        Assert.Equal((id, null), (record.Id, record.Text));
        Assert.StartsWith(error, record.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"id\": 1 ", "it ends in the middle")]
    [InlineData("{\"id\": \"cut", "it ends in the middle")]
    [InlineData("{'id': 1}", "''' stands where a name in double quotes is expected")]
    [InlineData("[1 2]", "'2' stands where a comma or a closing bracket is expected")]
    [InlineData("{} {}", "'{' follows the end of the value")]
    [InlineData("{\"id\" 1}", "'1' stands where a colon is expected")]
    [InlineData("NaN", "'N' stands where a value is expected")]
    [InlineData("nope", "'nope' is no value; expected true, false")]
    [InlineData("{\"id\": \"\t\"}", "'0x09' stands in a string without a backslash")]
    [InlineData("{\"id\": \"\\x\"}", "'x' follows a backslash")]
    [InlineData("{\"id\": 01}", "a number begins with 0")]
    [InlineData("{\"id\": 1.}", "'}' stands within a number")]
    public async Task Why_a_line_is_not_JSON_is_said_without_the_words_of_programmers(string line, string reason)
    {
        var error = (await ParseAsync(line, jsonLines: true)).Error;
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)payload|token|LineNumber|invalid|isFinalBlock|reader|literal", error!);
    }

    [Theory]
    [InlineData(65, true)]
    [InlineData(500, true)]
    [InlineData(513, false)]
    public async Task What_is_ignored_may_be_deep(int depth, bool isRead)
    {
        var tree = new string('[', depth - 1) + new string(']', depth - 1); // in the object
        var record = await ParseAsync($$"""{"id": "a", "text": "猫", "tree": {{tree}}}""", jsonLines: true);
        Assert.Equal(isRead ? ("a", "猫") : ("7", null), (record.Id, record.Text));
        Assert.Equal(isRead, record.Error is null);
        Assert.DoesNotContain("configured", record.Error ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8", new byte[] { 0x61, 0xE3, 0x81, 0x62 }, "Byte 2 of the line (0xE381) is not utf-8")]
    [InlineData("shift_jis", new byte[] { 0x61, 0x81 }, "Byte 2 of the line (0x81) is not shift_jis")]
    [InlineData("shift_jis", new byte[] { 0x61, 0xA0, 0x62 }, "Byte 2 of the line (0xA0) is not shift_jis")]
    [InlineData("euc-jp", new byte[] { 0x61, 0x8F, 0xA1, 0xA1 }, "Byte 2 of the line (0x8FA1A1) is not euc-jp")]
    public async Task Bytes_outside_the_charset_are_named_with_their_place(string charset, byte[] line, string error)
    {
        var record = await ParseAsync(line, jsonLines: false, charset);
        Assert.StartsWith(error, record.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_line_is_a_text_as_it_stands()
    {
        var record = await ParseAsync("  {\"text\": 1} \0", jsonLines: false);
        Assert.Equal(("7", "  {\"text\": 1} \0"), (record.Id, record.Text));
    }

    private static Task<SourceRecord> ParseAsync(string line, bool jsonLines) =>
        ParseAsync(System.Text.Encoding.UTF8.GetBytes(line), jsonLines, "utf-8");

    private static async Task<SourceRecord> ParseAsync(byte[] line, bool jsonLines, string charset)
    {
        var reader = new LineReader(new MemoryStream(line));
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        return new RecordParser(new SourceFormat(jsonLines ? SourceKind.Jsonl : SourceKind.Txt), charset).Parse(7, reader);
    }
}
