using System.Text.Json;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Whatever stands in a queue is acknowledged and shown. An exception would bring it back, in the poison queue for ever.</summary>
[Collection(nameof(JobRig))]
public sealed class HostileMessageTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Job = "abcdefghijklmnopqr23";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each with <c>ID</c> in it, to find it again.</summary>
    public static TheoryData<string> Messages { get; } = new(
        $$"""{"job":"{{Job}}","shard":1,"shard":2,"id":"ID"}""",
        $$"""{"job":"{{Job}}","Job":"{{Job}}","shard":1,"id":"ID"}""",
        """{"job":"\ud800","shard":1,"id":"ID"}""",
        """{"\ud800":1,"source":"a.txt","job":1,"id":"ID"}""",
        """{"source":"a.txt","source":"b.txt","id":"ID"}""",
        """{"source":"a\udc00.txt","id":"ID"}""",
        """{"source":5,"submission":{"id":"ID"}}""",
        """{"source":"a.txt","submission":"\ud800 ID"}""",
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":"\ud800","data":{"eTag":"ID"}}""",
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":"/a","subject":"/b","data":{"eTag":"ID"}}""",
        """{"eventType":"\ud800","id":"ID"}""",
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":["ID"]}""",
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/texts/blobs/a.txt","data":"ID"}""",
        "\u0000\u0001\u001B[2J\uFFFE ID",
        "\"ID\"",
        "{\"ID\"",
        "ID {HALF}",
        "{\"source\":\"{HALF}\",\"id\":\"ID\"}",
        "{\"{HALF}\":1,\"id\":\"ID\"}",
        "{\"id\":\"ID\",\"deep\":{DEEP}}",
        "{\"id\":\"ID\",\"long\":\"{LONG}\"}",
        "ID {LONG}");

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task A_message_that_cannot_be_carried_out_is_rejected_from_every_queue(string template)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var id = Guid.NewGuid().ToString("N");
        var message = template.Replace("ID", id, StringComparison.Ordinal)
            .Replace("{HALF}", "\uD800", StringComparison.Ordinal)
            .Replace("{DEEP}", new string('[', 10_000) + new string(']', 10_000), StringComparison.Ordinal)
            .Replace("{LONG}", string.Concat(Enumerable.Repeat("😀", 30_000)), StringComparison.Ordinal);

        await rig.PlanJob.RunAsync(message, Cancellation);
        await rig.EncodeShard.RunAsync(message, null, Cancellation);
        await rig.Get<RecordPoison>().RunAsync(StorageNames.PlanQueue, message, Cancellation);
        await rig.Get<RecordPoison>().RunAsync(StorageNames.ShardsQueue, message, Cancellation);

        var rejected = (await rig.Client.ListRejectedAsync(Cancellation)).Where(
            message => message.Body.Contains(id, StringComparison.Ordinal)).ToList();
        Assert.Equal(
            [StorageNames.PlanQueue, StorageNames.PlanQueue, StorageNames.ShardsQueue, StorageNames.ShardsQueue],
            rejected.Select(message => message.Queue).Order());
        Assert.All(rejected, message => Assert.NotEmpty(message.Reason));
    }

    [Fact]
    public void Nothing_is_thrown_for_any_bytes()
    {
        var random = new Random(20261127);
        byte[][] seeds =
        [
            [.. "{\"source\":\"a\\ud83d\\ude00.txt\",\"options\":{\"normalize\":true,\"dimensions\":null},\"submission\":\"s\"}"u8],
            [.. "{\"job\":\"abcdefghijklmnopqr23\",\"shard\":1}"u8],
            [.. "[{\"eventType\":\"Microsoft.Storage.BlobCreated\",\"subject\":\"/x\",\"data\":{\"eTag\":\"1\"}}]"u8],
        ];
        for (var i = 0; i < 30_000; i++)
        {
            var damaged = System.Text.Encoding.UTF8.GetString(Fuzz.Damage(random, seeds[i % seeds.Length]));
            Assert.Equal(PlanJobMessage.TryParse(damaged, out var plan, out var noPlan), noPlan is null);
            Assert.Equal(EncodeShardMessage.TryParse(damaged, out _, out var noShard), noShard is null);
            _ = JsonSerializer.Serialize(plan, JobsJson.Default.PlanJobMessage);
        }
    }
}
