using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.State;

[Collection(nameof(JobRig))] // whose tests empty the containers
public sealed class ProgressLogTests(AzuriteFixture azurite)
{
    private readonly string _job = Guid.NewGuid().ToString("N");
    private readonly RequestLog _requests = new();

    /// <summary>A job whose end is far: nobody asks the log a second time.</summary>
    private const int Many = 20_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_log_is_read_in_pieces_and_only_once()
    {
        var log = await StartAsync();
        await AppendAsync(log, 0, 600);
        _requests.Requests.Clear();

        Assert.Equal(Enumerable.Range(0, 600), (await log.ReadAsync(_job, Cancellation)).Keys);
        Assert.Equal(3, _requests.Requests.Count);

        await AppendAsync(log, 600, 300);
        _requests.Requests.Clear();
        Assert.Equal(Enumerable.Range(0, 900), (await log.ReadAsync(_job, Cancellation)).Keys);
        Assert.Equal(2, _requests.Requests.Count);
        Assert.Equal(900, (await log.ReadAsync(_job, Cancellation)).Count);
        Assert.Equal(3, _requests.Requests.Count);
    }

    [Fact]
    public async Task Of_two_records_of_a_shard_the_first_one_counts()
    {
        var log = await StartAsync();
        Assert.Empty(await log.ReadAsync(_job, Cancellation));
        Assert.Equal(1, await log.AppendAsync(_job, Record(0, rows: 1), Many, Cancellation));
        Assert.Equal(1, (await log.ReadAsync(_job, Cancellation))[0].Rows);

        Assert.Equal(2, await log.AppendAsync(_job, Record(0, rows: 2), Many, Cancellation));

        Assert.Equal(1, Assert.Single(await log.ReadAsync(_job, Cancellation)).Value.Rows);
    }

    private async Task<ProgressLog> StartAsync()
    {
        var storage = JobStorage.Connect(StorageConnection.FromConnectionString(azurite.ConnectionString), _requests);
        await storage.EnsureCreatedAsync(Cancellation);
        return new ProgressLog(storage);
    }

    private Task AppendAsync(ProgressLog log, int first, int count) => Parallel.ForAsync(
        first, first + count, Cancellation, async (shard, token) => await log.AppendAsync(_job, Record(shard, rows: 1), Many, token));

    private static ProgressRecord Record(int shard, long rows) =>
        new(shard, rows, rows, 0, 1, 0, 0, 0, 1, 1, 1, 1, new string('a', 64));
}
