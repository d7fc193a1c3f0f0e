using System.Text.Json.Nodes;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Models;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A model folder as PyTorch saves it, imported, through a whole job: the vectors in the parts are those of PyTorch.</summary>
[Collection(nameof(JobRig))]
public sealed class PublishedModelTests(AzuriteFixture azurite)
{
    private const float Tolerance = 1e-5f;

    [Fact]
    public async Task A_job_gives_the_vectors_of_PyTorch()
    {
        using var folder = new TemporaryFolder();
        var fixture = ModelFixture.PyTorch;
        using var encoder = SentenceEncoder.Load(ModelImporter.Import(
            fixture.Folder, folder["bundle"], new ImportOptions { DictionaryFolder = DebianIpadic.Require() }));
        var rig = await JobRig.StartAsync(azurite, encoder);
        var expected = fixture.ExpectedRows();
        var source = await rig.UploadAsync(
            string.Concat(expected.Select(text => new JsonObject { ["text"] = text.Text }.ToJsonString() + "\n")), "jsonl");

        var job = await rig.RunAsync(source);

        Assert.Equal((JobStatus.Succeeded, expected.Count, 0), (job.State, job.Rows, job.Errors));
        var rows = await rig.QueryAsync(job, "select tokens, truncated, embedding from parts order by line");
        Assert.All(expected.Zip(rows), pair =>
        {
            Assert.Equal([pair.First.InputIds.Length, pair.First.Truncated], pair.Second[..2]);
            Assert.Equal(pair.First.Embedding, Assert.IsType<List<float>>(pair.Second[2]), (a, b) => Math.Abs(a - b) <= Tolerance);
        });
    }
}
