using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Jobs.Storage;

namespace SimCse.Infra.Tests;

/// <summary>The roles that each identity has, and where: these and no more.</summary>
public sealed partial class RoleTests
{
    private const string AcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
    private const string BlobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
    private const string MessageProcessor = "8a0f0c08-91a1-4084-bc3d-661d67233fed";
    private const string MessageSender = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a";
    private const string QueueReader = "19e7f393-937e-4f77-808e-94535e297925";

    [Fact]
    public void The_app_owns_blobs_uses_queues_pulls_images_and_publishes_metrics() => Assert.All(Snapshot.Each, snapshot =>
    {
        string[] queues = [StorageNames.PlanQueue, StorageNames.ShardsQueue, "plan-poison", "shards-poison"];
        string[] expected =
        [
            $"{AcrPull} Microsoft.ContainerRegistry/registries",
            $"{BlobOwner} Microsoft.Storage/storageAccounts",
            $"{MetricsPublisher} Microsoft.Insights/components",
            .. queues.SelectMany(queue => new[] { MessageProcessor, MessageSender, QueueReader }.Select(role => $"{role} queues/{queue}")),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), RolesOf(snapshot, "appPrincipalId"));
    });

    [Fact]
    public void Event_Grid_sends_to_plan_and_writes_dead_letters() => Assert.All(Snapshot.Each, snapshot => Assert.Equal(
        [$"{BlobContributor} containers/deadletters", $"{MessageSender} queues/{StorageNames.PlanQueue}"],
        RolesOf(snapshot, "eventsPrincipalId")));

    [Fact]
    public void Operators_submit_and_read_and_nothing_else()
    {
        var roles = RolesOf(Snapshot.Of("container-apps-gpu-private"), "00000000-0000-0000-0000-00000000000a");

        Assert.Equal(
            new[] { StorageNames.Embeddings, StorageNames.Jobs, StorageNames.Models, StorageNames.Texts }.Select(
                name => $"{BlobContributor} containers/{name}")
                .Concat(new[] { StorageNames.PlanQueue, StorageNames.ShardsQueue }.SelectMany(
                    name => new[] { $"{QueueReader} queues/{name}", $"{MessageSender} queues/{name}" }))
                .Order(StringComparer.Ordinal),
            roles);
    }

    [Fact]
    public void Nobody_else_has_a_role() => Assert.All(Snapshot.Each, snapshot => Assert.Equal(
        snapshot.OfType("Microsoft.Authorization/roleAssignments").Count(),
        new[] { "appPrincipalId", "eventsPrincipalId", "00000000-0000-0000-0000-00000000000a" }.Sum(who => RolesOf(snapshot, who).Count)));

    /// <summary>Role and scope of each assignment to an identity, sorted: <c>GUID queues/plan</c>.</summary>
    private static List<string> RolesOf(Snapshot snapshot, string principal) =>
    [
        .. snapshot.OfType("Microsoft.Authorization/roleAssignments")
            .Where(
                assignment =>
                    Snapshot.Text(assignment.GetProperty("properties"), "principalId").Contains(principal, StringComparison.Ordinal))
            .Select(assignment => $"{Role(assignment)} {Scope(assignment)}")
            .Order(StringComparer.Ordinal),
    ];

    private static string Role(JsonElement assignment) =>
        Snapshot.Text(assignment.GetProperty("properties"), "roleDefinitionId").Split('/')[^1];

    /// <summary>Of the assignment's resource id, what stands before the assignment itself.</summary>
    private static string Scope(JsonElement assignment)
    {
        var id = Snapshot.Text(assignment, "id");
        return ScopePattern().Match(id) is { Success: true } match
            ? match.Groups["kind"].Success ? $"{match.Groups["kind"].Value}/{match.Groups["name"].Value}" : match.Groups["type"].Value
            : id;
    }

    [GeneratedRegex(
        "/providers/(?<type>[^/']+/[^/']+)/[^/']+(/(queueServices|blobServices)/default/(?<kind>queues|containers)/(?<name>[^/']+))?" +
        "(/providers/Microsoft.Authorization/|')")]
    private static partial Regex ScopePattern();
}
