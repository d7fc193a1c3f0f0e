using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Which answers are success, and what becomes of outputs and logs.</summary>
public sealed class HandlerAnswerTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<Answer, string> Refused => new()
    {
        { new() { Status = 500 }, "answered 500" },
        { new() { Status = 404 }, "answered 404" },
        { new() { Status = 302 }, "answered 302" },
        { new() { ContentType = "text/plain" }, "content type 'text/plain'" },
        { new() { ContentType = null }, "content type ''" },
        { new() { Body = "{\"Outputs\":" }, "broken JSON" },
        { new() { Body = "[]" }, "JSON of kind Array" },
        { new() { Body = "{\"Outputs\":[]}" }, "Outputs is Array" },
        { new() { Body = "{\"Logs\":\"text\"}" }, "Logs is String" },
    };

    public static TheoryData<Answer> Accepted => new()
    {
        new Answer { Body = "{}" },
        new Answer { Status = 202, Body = "{}" },
        new Answer { ContentType = "application/json; charset=utf-8", Body = "{\"Outputs\":null,\"Logs\":null,\"ReturnValue\":null}" },
        new Answer { Body = "{\"outputs\":{},\"logs\":[],\"returnValue\":\"\",\"more\":1}" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Anything_but_JSON_of_the_right_form_with_2xx_is_a_failure(Answer answer, string reason)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", answer, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        Assert.Equal("2", (await app.RequestAsync("Work", 1)).Metadata("DequeueCount"));
        Assert.Contains(app.Logs.Lines, line => line.Level == LogLevel.Error && line.Message.Contains(reason, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task An_object_with_2xx_is_success(Answer answer)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", answer);
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        await app.RequestAsync("Work");
        await TestApp.EmptyAsync(queue);
        Assert.Equal(1, app.Count("Work"));
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("", null)]
    [InlineData("null", "application/json")]
    public async Task An_answer_without_content_hangs_until_the_time_out_as_on_the_real_host(string body, string? contentType)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["functionTimeout"] = "00:00:02";
        var queue = await app.QueueFunctionAsync();
        app.Answer("Work", new Answer { Body = body, ContentType = contentType }, new Answer());
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        var (first, second) = (await app.RequestAsync("Work", 0), await app.RequestAsync("Work", 1));
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        Assert.Contains(app.Logs.Lines, line => line.Message.Contains("exceeded functionTimeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outputs_are_sent_after_success_and_logs_are_information()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync(more: Bindings.QueueOutput(app.UniqueName("out")));
        app.Answer("Work", new Answer { Body = """{"Outputs":{"out":{"a":"あ"},"other":"ignored"},"Logs":["first","second"]}""" });
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        Assert.Equal("""{"a":"あ"}""", await TestApp.TakeAsync(app.Queue("out")));
        await TestApp.EmptyAsync(queue);
        Assert.Contains(app.Logs.Lines, line => line is { Level: LogLevel.Information, Message: "Work: first" });
        Assert.Contains(app.Logs.Lines, line => line is { Level: LogLevel.Information, Message: "Work: second" });
    }

    [Fact]
    public async Task The_return_value_of_an_object_is_merged_into_the_outputs()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync(more: Bindings.QueueOutput(app.UniqueName("out")));
        app.Answer("Work", new Answer { Body = """{"ReturnValue":{"out":{"a":1}}}""" });
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        Assert.Equal("""{"a":1}""", await TestApp.TakeAsync(app.Queue("out")));
    }

    [Fact]
    public async Task Outputs_of_a_failed_function_are_dropped()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var queue = await app.QueueFunctionAsync(more: Bindings.QueueOutput(app.UniqueName("out")));
        app.Answer("Work", new Answer { Status = 500, Body = """{"Outputs":{"out":{"a":"failed"}}}""" }, new Answer { Body = """{"Outputs":{"out":{"a":"done"}}}""" });
        await queue.SendMessageAsync("{}", Cancellation);

        await app.StartAsync();

        Assert.Equal("""{"a":"done"}""", await TestApp.TakeAsync(app.Queue("out")));
    }

    [Fact]
    public async Task An_output_starts_the_function_that_listens_to_its_queue()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.HostJson["extensions"]!["queues"]!["maxPollingInterval"] = "01:00:00";
        app.Options = app.Options with { Timings = new() { MinimumPollingInterval = TimeSpan.FromHours(1) } };
        var next = await app.QueueFunctionAsync("Next", "next");
        app.Function("Web", Bindings.HttpTrigger(), Bindings.QueueOutput(next.Name));
        app.Answer("Web", new Answer { Body = """{"Outputs":{"out":{"a":1}}}""" });
        var host = await app.StartAsync();

        using var http = new HttpClient();
        await http.PostAsync(new Uri(host.BaseAddress, "Web"), null, Cancellation);

        // Polling alone would take an hour.
        await app.RequestAsync("Next");
    }

    [Theory]
    [InlineData("""{"a":"あ"}""", null, """{"a":"あ"}""")]
    [InlineData("\"text\"", "string", "text")]
    [InlineData("\"test\"", null, "\ufffd\ufffd-")]
    [InlineData("\"test!\"", null, "test!")]
    [InlineData("\"aGk=\"", "binary", "hi")]
    [InlineData("""[{"a":1},"b",3]""", null, """{"a":1}""", "b", "3")]
    [InlineData("\"[1,2]\"", null, "1", "2")]
    [InlineData("\"[1,\"", null, "[1,")]
    public void Strings_that_happen_to_be_base64_are_decoded_and_arrays_are_split(string value, string? dataType, params string[] messages)
        => Assert.Equal(messages, OutputWriter.Messages(JsonNode.Parse(value)!, dataType).Select(Encoding.UTF8.GetString));
}
