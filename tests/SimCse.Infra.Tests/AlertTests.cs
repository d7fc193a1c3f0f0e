using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What is watched: the alerts and the workbook, by the names that the code sends.</summary>
public sealed partial class AlertTests
{
    [Fact]
    public void Alerts_watch_poison_queues_the_age_of_shards_and_failures() => Assert.All(Snapshot.Each, snapshot =>
    {
        var alerts = snapshot.OfType("Microsoft.Insights/scheduledQueryRules").ToDictionary(
            rule => Snapshot.LastName(rule)[$"simcse-{Snapshot.Text(rule.GetProperty("tags"), "environment")}-".Length..],
            rule => rule.GetProperty("properties"));

        Assert.Equal(["failures", "poison", "shard-age"], alerts.Keys.Order(StringComparer.Ordinal));
        Assert.All(alerts.Values, alert =>
        {
            Assert.True(alert.GetProperty("enabled").GetBoolean());
            Assert.Equal(
                ("Count", "GreaterThan"),
                (Snapshot.Text(Criterion(alert), "timeAggregation"), Snapshot.Text(Criterion(alert), "operator")));
        });
        Assert.Equal((0, 0, 20), (Threshold("poison"), Threshold("shard-age"), Threshold("failures")));
        Assert.All(
            FunctionFiles.Triggers().Where(trigger => trigger.Function.EndsWith("Poison", StringComparison.Ordinal)),
            trigger => Assert.Contains($"\"{trigger.Function}\"", Query("poison"), StringComparison.Ordinal));
        Assert.EndsWith("Max > 3600", Query("shard-age"), StringComparison.Ordinal); // the metric is in seconds, the parameter 60 minutes

        int Threshold(string name) => Criterion(alerts[name]).GetProperty("threshold").GetInt32();

        string Query(string name) => Snapshot.Text(Criterion(alerts[name]), "query");
    });

    [Fact]
    public void A_mistake_of_a_client_is_no_failure() => Assert.All(Snapshot.Each, snapshot => Assert.Contains(
        snapshot.OfType("Microsoft.Insights/scheduledQueryRules").Select(
            rule => Snapshot.Text(Criterion(rule.GetProperty("properties")), "query")),
        query => query == "AppRequests | where Success == false and not(toint(ResultCode) between (400 .. 499))"));

    [Fact]
    public void Alerts_are_mailed_where_there_is_an_address() => Assert.All(Snapshot.Each, snapshot =>
    {
        var groups = snapshot.OfType("Microsoft.Insights/actionGroups").Select(group => Snapshot.Text(group, "id")).ToList();
        Assert.Equal(snapshot.Name == "container-apps-gpu-private" ? 1 : 0, groups.Count);
        Assert.All(
            snapshot.OfType("Microsoft.Insights/scheduledQueryRules"),
            rule => Assert.Equal(
                groups,
                rule.GetProperty("properties").GetProperty("actions")
                    .GetProperty("actionGroups").EnumerateArray().Select(group => group.GetString())));
    });

    /// <summary>
    /// Metrics are the code's, functions the app's: a name that nobody sends would never raise an alert and leave a chart empty.
    /// </summary>
    [Fact]
    public void Alerts_and_workbook_know_the_names_that_the_code_sends()
    {
        var source = Path.Combine(RepositoryRoot.Path, "src");
        var metrics = File.ReadAllText(Path.Combine(source, "SimCse.Jobs", "JobsInstrumentation.cs"))
            + File.ReadAllText(Path.Combine(source, "SimCse.Inference", "SimCseInstrumentation.cs"));
        Assert.All(Snapshot.Each, snapshot =>
        {
            var texts = snapshot.OfType("Microsoft.Insights/scheduledQueryRules")
                .Concat(snapshot.OfType("Microsoft.Insights/workbooks")).SelectMany(Snapshot.Strings).ToList();
            Assert.All(
                texts.SelectMany(text => MetricPattern().Matches(text)),
                metric => Assert.Contains($"\"{metric.Groups[1].Value}\"", metrics, StringComparison.Ordinal));
            Assert.All(
                texts.SelectMany(text => FunctionPattern().Matches(text)),
                name => Assert.Contains(name.Groups[1].Value, FunctionFiles.Triggers().Select(trigger => trigger.Function)));
        });
    }

    [Fact]
    public void The_workbook_shows_texts_a_second_age_depth_failures_and_cost()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(BicepCli.Folder, "modules", "workbook.json")));
        var items = json.RootElement.GetProperty("items").EnumerateArray()
            .ToDictionary(item => Snapshot.Text(item, "name"), item => item.GetProperty("content"));

        Assert.Equal(["parameters", "texts", "age", "depth", "failures", "cost"], items.Keys);
        Assert.Contains("sum(Sum) / 60 by bin(TimeGenerated, 1m)", Snapshot.Text(items["texts"], "query"), StringComparison.Ordinal);
        Assert.EndsWith(
            "-Capacity-QueueMessageCount", Snapshot.Text(items["depth"].GetProperty("metrics")[0], "metric"), StringComparison.Ordinal);
        Assert.Equal("{storageAccountId}", items["depth"].GetProperty("resourceIds")[0].GetString());
        Assert.Contains("{PricePerInstanceHour}", Snapshot.Text(items["cost"], "query"), StringComparison.Ordinal);
        Assert.Contains("{pricePerInstanceHour}", Snapshot.Strings(items["parameters"]));
    }

    private static JsonElement Criterion(JsonElement alert) => alert.GetProperty("criteria").GetProperty("allOf").EnumerateArray().Single();

    [GeneratedRegex("[\"'](simcse\\.[a-z_.]+)[\"']")]
    private static partial Regex MetricPattern();

    [GeneratedRegex("[\"'](Record[A-Za-z]+|PlanJob|EncodeShard|Reconcile)[\"']")]
    private static partial Regex FunctionPattern();
}
