using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Infra.Tests;

/// <summary>Containers, queues and events have the names that the code uses.</summary>
public sealed class StorageTests
{
    private static readonly string[] Queues = [StorageNames.PlanQueue, StorageNames.ShardsQueue];
    private static readonly string[] Containers = [StorageNames.Texts, StorageNames.Embeddings, StorageNames.Jobs, StorageNames.Models];

    [Fact]
    public void The_templates_read_the_names_of_the_code()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(BicepCli.Folder, "names.json")));
        var names = json.RootElement;

        Assert.Equal(Containers, names.GetProperty("containers").EnumerateObject().Select(name => name.Value.GetString()));
        Assert.Equal(Queues, names.GetProperty("queues").EnumerateObject().Select(name => name.Value.GetString()));
        Assert.Equal(StorageNames.PoisonSuffix, names.GetProperty("poisonSuffix").GetString());
    }

    [Fact]
    public void Every_queue_has_its_poison_queue() => Assert.All(Snapshot.Each, snapshot => Assert.Equal(
        Queues.Concat(Queues.Select(queue => queue + StorageNames.PoisonSuffix)).Order(StringComparer.Ordinal),
        snapshot.OfType("Microsoft.Storage/storageAccounts/queueServices/queues").Select(Snapshot.LastName).Order(StringComparer.Ordinal)));

    [Fact]
    public void Every_trigger_has_its_queue() => Assert.All(Snapshot.Each, snapshot =>
    {
        var queues = snapshot.OfType("Microsoft.Storage/storageAccounts/queueServices/queues").Select(Snapshot.LastName).ToHashSet();
        Assert.All(TriggerQueues(), queue => Assert.Contains(queue, queues));
    });

    /// <summary>The one that every snapshot sets, and the host's default where a trigger names none.</summary>
    [Fact]
    public void Every_trigger_reads_its_queue_by_the_connection_that_the_templates_set() => Assert.All(
        FunctionFiles.Triggers().Where(trigger => trigger.Binding.TryGetProperty("connection", out _)),
        trigger => Assert.Equal(StorageConnection.SettingName, Snapshot.Text(trigger.Binding, "connection")));

    [Fact]
    public void The_containers_are_there_and_private() => Assert.All(Snapshot.Each, snapshot =>
    {
        var containers = snapshot.OfType("Microsoft.Storage/storageAccounts/blobServices/containers").ToList();
        Assert.Equal(Containers.Concat(["deadletters", "packages"]).Order(), containers.Select(Snapshot.LastName).Order());
        Assert.All(containers, container => Assert.Equal("None", Snapshot.Text(container.GetProperty("properties"), "publicAccess")));
    });

    [Fact]
    public void New_texts_become_messages_for_the_planner() => Assert.All(Snapshot.Each, snapshot =>
    {
        var subscription = snapshot.OfType("Microsoft.EventGrid/systemTopics/eventSubscriptions").Single().GetProperty("properties");
        var filter = subscription.GetProperty("filter");
        Assert.Equal(
            ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"],
            filter.GetProperty("includedEventTypes").EnumerateArray().Select(type => type.GetString()));
        Assert.Equal($"/blobServices/default/containers/{StorageNames.Texts}/blobs/", Snapshot.Text(filter, "subjectBeginsWith"));
        var delivery = subscription.GetProperty("deliveryWithResourceIdentity");
        Assert.Equal("UserAssigned", Snapshot.Text(delivery.GetProperty("identity"), "type"));
        Assert.Equal("StorageQueue", Snapshot.Text(delivery.GetProperty("destination"), "endpointType"));
        Assert.Equal(StorageNames.PlanQueue, Snapshot.Text(delivery.GetProperty("destination").GetProperty("properties"), "queueName"));
        Assert.Equal(
            -1, delivery.GetProperty("destination").GetProperty("properties").GetProperty("queueMessageTimeToLiveInSeconds").GetInt32());
        Assert.Equal("EventGridSchema", Snapshot.Text(subscription, "eventDeliverySchema")); // the planner reads this one
        Assert.Equal(
            "UserAssigned", Snapshot.Text(subscription.GetProperty("deadLetterWithResourceIdentity").GetProperty("identity"), "type"));
        var deadLetters = subscription.GetProperty("deadLetterWithResourceIdentity")
            .GetProperty("deadLetterDestination").GetProperty("properties");
        Assert.Equal("deadletters", Snapshot.Text(deadLetters, "blobContainerName"));
    });

    [Fact]
    public void Only_jobs_notes_and_dead_letters_are_forgotten() => Assert.All(Snapshot.Each, snapshot =>
    {
        var rules = snapshot.OfType("Microsoft.Storage/storageAccounts/managementPolicies").Single()
            .GetProperty("properties").GetProperty("policy").GetProperty("rules");
        Assert.All(
            rules.EnumerateArray().SelectMany(
                rule => rule.GetProperty("definition").GetProperty("filters").GetProperty("prefixMatch").EnumerateArray()),
            prefix => Assert.Contains(prefix.GetString()!.Split('/')[0], (string[])[StorageNames.Jobs, "deadletters"]));
    });

    [Fact]
    public void Jobs_are_remembered_for_a_year_and_notes_for_a_month() => Assert.All(Snapshot.Each, snapshot =>
    {
        var rules = snapshot.OfType("Microsoft.Storage/storageAccounts/managementPolicies").Single()
            .GetProperty("properties").GetProperty("policy").GetProperty("rules")
                .EnumerateArray().Select(rule => rule.GetProperty("definition"));
        var days = rules
            .SelectMany(rule => rule.GetProperty("filters").GetProperty("prefixMatch").EnumerateArray().Select(prefix => (
                Prefix: prefix.GetString()!,
                Days: rule.GetProperty("actions").GetProperty("baseBlob")
                    .GetProperty("delete").GetProperty("daysAfterModificationGreaterThan").GetInt32())))
            .ToDictionary(rule => rule.Prefix, rule => rule.Days);

        Assert.Equal(
            new Dictionary<string, int>
            {
                [$"{StorageNames.Jobs}/"] = 365,
                [$"{StorageNames.Jobs}/submissions/"] = 30,
                [$"{StorageNames.Jobs}/poison/"] = 30,
                ["deadletters/"] = 30,
            },
            days);
    });

    private static IEnumerable<string> TriggerQueues() => FunctionFiles.Triggers()
        .Where(trigger => Snapshot.Text(trigger.Binding, "type") == "queueTrigger")
        .Select(trigger => Snapshot.Text(trigger.Binding, "queueName"));
}
