using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>The graph against vectors that PyTorch computed from the same files and ids.</summary>
public sealed class GraphTests
{
    private const float Tolerance = 1e-5f;

    public static TheoryData<ModelFixture> Fixtures => [ModelFixture.PyTorch, ModelFixture.Safetensors];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Gives_the_vectors_of_PyTorch(ModelFixture fixture)
    {
        using var graph = new RawGraph(fixture.Folder);

        var worst = fixture.Expected().Max(text => Difference(graph.Run(text.InputIds)[0], text.Embedding));

        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Gives_a_text_the_same_vector_in_any_batch(ModelFixture fixture)
    {
        using var graph = new RawGraph(fixture.Folder);
        foreach (var sameLength in fixture.Expected().GroupBy(text => text.InputIds.Length))
        {
            var together = graph.Run([.. sameLength.Select(text => text.InputIds), .. sameLength.Reverse().Select(text => text.InputIds)]);
            foreach (var (text, vector) in sameLength.Zip(together))
            {
                Assert.InRange(Difference(graph.Run(text.InputIds)[0], vector), 0, Tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void In_its_standard_form_gives_them_too_with_padding(ModelFixture fixture)
    {
        using var graph = new StandardGraph(fixture.Folder);
        foreach (var batch in fixture.Expected().Chunk(7))
        {
            var vectors = graph.Run([.. batch.Select(text => text.InputIds)]).SentenceEmbedding;

            Assert.All(batch.Zip(vectors), pair => Assert.InRange(Difference(pair.Second, pair.First.Embedding), 0, Tolerance));
        }
    }

    private static float Difference(float[] actual, float[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }
}
