using SimCse.Cli.Search;

namespace SimCse.Cli.Tests;

public sealed class NeighbourListTests
{
    [Fact]
    public void Keeps_the_nearest_and_of_equals_the_first()
    {
        var nearest = new NeighbourList(3);
        (float Score, string Id)[] rows = [(0.1f, "a"), (0.9f, "b"), (0.5f, "c"), (0.5f, "d"), (0.7f, "e"), (0.5f, "f")];
        foreach (var position in (int[])[3, 0, 5, 4, 2, 1]) // files are read side by side, in any order
        {
            if (nearest.Wants(rows[position].Score, position))
            {
                nearest.Add(
                    new Neighbour(rows[position].Score, rows[position].Id, 1, null, new JsonLinesVectors("rows.jsonl")), position);
            }
        }

        Assert.Equal(["b", "e", "c"], nearest.ToList().Select(neighbour => neighbour.Id));
    }
}
