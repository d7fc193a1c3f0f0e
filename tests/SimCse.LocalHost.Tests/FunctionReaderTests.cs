using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Tests;

public sealed class FunctionReaderTests
{
    private const string Queue = """{"name":"m","type":"queueTrigger","direction":"In","queueName":"%PLAN%","connection":"Other","dataType":"String"}""";
    private const string Timer = """{"name":"t","type":"timerTrigger","direction":"In","schedule":"0 * * * * *","useMonitor":false}""";
    private const string Http = """{"name":"r","type":"httpTrigger","direction":"In","authLevel":"Function","methods":["get","post"],"route":"a/{b?}"}""";

    private readonly Dictionary<string, string> _settings = new() { ["PLAN"] = "plan" };

    [Fact]
    public void Reads_the_bindings_with_settings_in_their_place()
    {
        var functions = Read(("C", [Http, """{"name":"$return","type":"http","direction":"Out"}"""]), ("B", [Queue]), ("A", [Timer]));

        Assert.Equal(["A", "B", "C"], functions.Select(function => function.Name));
        Assert.False(functions[0].Trigger.UseMonitor);
        Assert.Equal(("plan", "Other"), (functions[1].Trigger.QueueName, functions[1].Trigger.Connection));
        Assert.Equal([Queue], functions[1].Source.RawBindings);
        Assert.Equal(("a/{b?}", "Function"), (functions[2].Trigger.Route, functions[2].Trigger.AuthLevel));
        Assert.Equal(["get", "post"], functions[2].Trigger.Methods);
        Assert.Equal(["r", "$return"], functions[2].Bindings.Select(binding => binding.Name));
    }

    [Fact]
    public void A_function_keeps_what_its_worker_says_of_it()
    {
        var function = Assert.Single(Read(("A", [Queue])));

        Assert.Equal(
            ("id-of-A", "App.A.RunAsync", "App.dll", "dotnet-isolated"),
            (function.FunctionId, function.Source.EntryPoint, function.Source.ScriptFile, function.Source.Language));
        Assert.Equal("Functions.A", function.FullName);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("True")]
    [InlineData("1")]
    public void Disabled_functions_are_left_out(string value)
    {
        _settings["AzureWebJobs.B.Disabled"] = value;

        Assert.Equal("A", Assert.Single(Read(("A", [Queue]), ("B", [Queue]))).Name);
    }

    [Theory]
    [InlineData("""{"name":"b","type":"blobTrigger","direction":"In","path":"texts"}""", "Function A: the binding 'b' is of type 'blobTrigger'")]
    [InlineData("""{"name":"$return","type":"queue","direction":"Out","queueName":"next"}""", "is of type 'queue' (direction Out)")]
    [InlineData("""{"name":"b","type":"blob","direction":"In","path":"texts"}""", "is of type 'blob' (direction In)")]
    [InlineData("""{"name":"m","type":"queueTrigger","direction":"In"}""", "has no queueName")]
    [InlineData("""{"name":"t","type":"timerTrigger","direction":"In"}""", "has no schedule")]
    [InlineData("""{"type":"warmupTrigger","direction":"In"}""", "has no name")]
    [InlineData("""{"name":"m","type":"queueTrigger","direction":"In","queueName":"q","dataType":"Binary"}""", "is bound to something else than a string")]
    [InlineData("""{"name":"m","type":"queueTrigger","direction":"In","queueName":"q","properties":{"supportsDeferredBinding":"True"}}""", "is bound to something else")]
    [InlineData("""{"name":"m","type":"queueTrigger","direction":"In","queueName":"%NO_SUCH%"}""", "'%NO_SUCH%' names the app setting 'NO_SUCH'")]
    [InlineData("""{"name":"$return","type":"http","direction":"Out"}""", "found 0 triggers among the bindings, expected one")]
    [InlineData("broken", "describes a binding as broken, which cannot be read")]
    public void What_cannot_run_is_named_with_its_function(string binding, string message)
    {
        var error = Assert.Throws<LocalHostException>(() => Read(("A", [binding])));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("Function A", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_triggers_are_one_too_many()
        => Assert.Contains(
            "found 2 triggers", Assert.Throws<LocalHostException>(() => Read(("A", [Queue, Timer]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_is_none_is_named()
        => Assert.Contains(
            "'1st' is no function name", Assert.Throws<LocalHostException>(() => Read(("1st", [Queue]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_worker_without_functions_is_no_app()
        => Assert.Contains("names no function", Assert.Throws<LocalHostException>(() => Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_connection_names_the_setting()
        => Assert.Contains(
            "'NoSuchStorage' is missing",
            Assert.Throws<LocalHostException>(() => new AppSettings(_settings).ConnectionString("NoSuchStorage")).Message,
            StringComparison.Ordinal);

    private IReadOnlyList<FunctionMetadata> Read(params (string Name, string[] Bindings)[] functions) => FunctionReader.ReadAll(
        functions.Select(function => new RpcFunctionMetadata
        {
            Name = function.Name,
            FunctionId = $"id-of-{function.Name}",
            EntryPoint = $"App.{function.Name}.RunAsync",
            ScriptFile = "App.dll",
            Language = "dotnet-isolated",
            RawBindings = { function.Bindings },
        }),
        new AppSettings(_settings));
}
