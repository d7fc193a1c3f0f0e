using System.Globalization;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Models;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A model folder as PyTorch saves it, through import and a whole job.</summary>
[Collection(nameof(JobRig))]
public sealed class PublishedFormJobTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task A_job_gives_the_vectors_that_PyTorch_gives()
    {
        var ipadic = DebianIpadic.Require();
        using var folder = new TemporaryFolder();
        var bundle = ModelImporter.Import(ModelFixture.PyTorch.Folder, folder["bundle"], new ImportOptions { DictionaryFolder = ipadic });
        using var encoder = SentenceEncoder.Load(bundle);
        var rig = await JobRig.StartAsync(azurite, encoder);
        var expected = ModelFixture.PyTorch.ExpectedRows();
        var source = await rig.UploadAsync(
            string.Join('\n', expected.Select(text => JsonSerializer.Serialize(new { text = text.Text }))), "jsonl");

        var job = await rig.RunAsync(source);

        Assert.Equal((JobStatus.Succeeded, expected.Count, 0), (job.State, job.Rows, job.Errors));
        var rows = await rig.QueryAsync(job, "select text, tokens, truncated, embedding from parts order by line");
        Assert.All(expected.Zip(rows), pair =>
        {
            Assert.Equal([pair.First.Text, pair.First.InputIds.Length, pair.First.Truncated], pair.Second[..3]);
            var vector = ((System.Collections.IEnumerable)pair.Second[3]!)
                .Cast<object>().Select(x => Convert.ToSingle(x, CultureInfo.InvariantCulture));
            Assert.All(pair.First.Embedding.Zip(vector), components => Assert.Equal(components.First, components.Second, 1e-5f));
        });
    }
}
