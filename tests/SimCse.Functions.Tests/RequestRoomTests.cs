using SimCse.Functions.Http;

namespace SimCse.Functions.Tests;

/// <summary>The memory of requests: what has no room waits in its order, and nothing is lost by what gives up.</summary>
public sealed class RequestRoomTests
{
    private const int Body = 100_000;
    private const int PlaceBytes = 4 * Body;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_without_room_wait_in_the_order_in_which_they_came()
    {
        var room = new RequestRoom(TimeSpan.FromMinutes(1), 2 * PlaceBytes);
        var (first, second) = (await EnterAsync(room), await EnterAsync(room));
        var (large, small) = (EnterAsync(room, 2 * Body), EnterAsync(room));
        first.Dispose();
        Assert.False(large.IsCompleted || small.IsCompleted);

        second.Dispose();
        (await large).Dispose();

        (await small).Dispose();
        (await EnterAsync(room, 50 * Body)).Dispose(); // more than there is: it has all to itself
        using var rooms = await EnterAsync(room, 2 * Body);
    }

    [Fact]
    public async Task A_request_that_gives_up_leaves_its_place_to_the_others()
    {
        var room = new RequestRoom(TimeSpan.FromMinutes(1), PlaceBytes);
        using var givesUp = new CancellationTokenSource();
        var taken = await EnterAsync(room);
        var (impatient, patient) = (room.EnterAsync(Body, 0, givesUp.Token), EnterAsync(room));

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        taken.Dispose();
        taken.Dispose(); // counts once

        using var place = await patient;
        Assert.False(EnterAsync(room).IsCompleted);
    }

    [Fact]
    public async Task A_request_that_finds_no_room_in_time_is_told_to_come_again()
    {
        var room = new RequestRoom(TimeSpan.FromMilliseconds(1), PlaceBytes);
        using var taken = await EnterAsync(room);

        var refused = await Assert.ThrowsAsync<HttpErrorException>(() => EnterAsync(room));

        Assert.Equal((429, TimeSpan.FromSeconds(1)), (refused.Status, refused.RetryAfter));
    }

    [Fact]
    public async Task Many_short_texts_take_more_than_their_body()
    {
        var room = new RequestRoom(TimeSpan.FromMinutes(1), 2 * PlaceBytes);

        using var place = await room.EnterAsync(400, maxTexts: 2048, Cancellation); // at most a hundred texts of 8 KiB

        Assert.False(EnterAsync(room).IsCompleted);
    }

    private static Task<IDisposable> EnterAsync(RequestRoom room, int body = Body) => room.EnterAsync(body, maxTexts: 0, Cancellation);
}
