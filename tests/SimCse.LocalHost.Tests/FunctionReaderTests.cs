using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class FunctionReaderTests : IDisposable
{
    private const string Queue = """{ "type": "queueTrigger", "direction": "in", "name": "m", "queueName": "%PLAN%", "connection": "Other" }""";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _settings = new() { ["PLAN"] = "plan" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_the_bindings_with_settings_in_their_place()
    {
        Write("B", $$"""{ "bindings": [ {{Queue}}, { "type": "queue", "direction": "out", "name": "out", "queueName": "next" } ] }""");
        Write("A", """{ "scriptFile": "", "bindings": [ { "type": "timerTrigger", "name": "t", "direction": "in", "schedule": "0 * * * * *", "useMonitor": false } ] }""");
        Directory.CreateDirectory(_folder["no-function"]);

        var functions = Read();

        Assert.Equal(["A", "B"], functions.Select(function => function.Name));
        Assert.False(functions[0].Trigger.UseMonitor);
        Assert.Equal(("plan", "Other"), (functions[1].Trigger.QueueName, functions[1].Trigger.Connection));
        Assert.Equal("next", Assert.Single(functions[1].Outputs).QueueName);
    }

    [Fact]
    public void Disabled_functions_are_left_out()
    {
        Write("A", $$"""{ "bindings": [ {{Queue}} ] }""");
        Write("B", $$"""{ "disabled": true, "bindings": [ {{Queue}} ] }""");
        Write("C", $$"""{ "bindings": [ {{Queue}} ] }""");
        _settings["AzureWebJobs.C.Disabled"] = "true";

        Assert.Equal("A", Assert.Single(Read()).Name);
    }

    [Theory]
    [InlineData("{ \"bindings\": [] }", "found 0 triggers among the bindings, expected one")]
    [InlineData("{ broken", "is not a function.json")]
    [InlineData("{ \"bindings\": [ { \"type\": \"blobTrigger\", \"name\": \"b\", \"direction\": \"in\", \"path\": \"texts\" } ] }", "of type 'blobTrigger'")]
    [InlineData("{ \"bindings\": [ { \"type\": \"queueTrigger\", \"name\": \"m\", \"direction\": \"in\" } ] }", "has no queueName")]
    [InlineData("{ \"bindings\": [ { \"type\": \"timerTrigger\", \"name\": \"t\", \"direction\": \"in\" } ] }", "has no schedule")]
    [InlineData("{ \"bindings\": [ { \"type\": \"warmupTrigger\", \"direction\": \"in\" } ] }", "has no name")]
    [InlineData("{ \"bindings\": [ { \"type\": \"queueTrigger\", \"name\": \"m\", \"direction\": \"in\", \"queueName\": \"%NO_SUCH%\" } ] }", "'%NO_SUCH%' names the app setting 'NO_SUCH'")]
    public void What_cannot_run_is_named_with_its_file(string json, string message)
    {
        Write("Broken", json);

        var error = Assert.Throws<LocalHostException>(Read);

        Assert.Contains(Path.Combine("Broken", "function.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_functions_is_no_app()
        => Assert.Contains("No function.json was found", Assert.Throws<LocalHostException>(Read).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_connection_names_the_setting()
        => Assert.Contains(
            "'NoSuchStorage' is missing",
            Assert.Throws<LocalHostException>(() => new AppSettings(_settings).ConnectionString("NoSuchStorage")).Message,
            StringComparison.Ordinal);

    private IReadOnlyList<FunctionMetadata> Read() => FunctionReader.ReadAll(_folder.Path, new AppSettings(_settings));

    private void Write(string name, string json)
    {
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(Path.Combine(_folder[name], "function.json"), json);
    }
}
