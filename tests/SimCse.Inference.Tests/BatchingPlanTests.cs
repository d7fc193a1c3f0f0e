using SimCse.Inference.Internals;
using SimCse.Testing;

namespace SimCse.Inference.Tests;

public sealed class BatchingPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Precision.Float32, 1, 8)]
    [InlineData(Precision.Float16, 1, 8)]
    [InlineData(Precision.Int8, 8, 1)]
    [InlineData(Precision.Int8Stable, 8, 1)]
    [InlineData(Precision.Int16, 8, 1)]
    public void Fp32_runs_one_batch_on_all_processors_and_int8_one_on_each(Precision precision, int lanes, int threads)
    {
        var plan = For(new SentenceEncoderOptions(), precision);

        Assert.Equal((lanes, threads), (plan.Lanes, plan.ThreadsPerLane));
    }

    [Fact]
    public void What_was_tuned_for_as_many_processors_is_used_and_options_go_before_it()
    {
        new EncoderTuning(Processors: 8, Lanes: 4, ThreadsPerLane: 1, MaxTokensPerBatch: 1000).Save(_folder.Path);

        Assert.Equal(new BatchingPlan(4, 1, 1000), For(new SentenceEncoderOptions()));
        Assert.Equal(new BatchingPlan(2, 4, 1000), For(new SentenceEncoderOptions { Lanes = 2 }));
        Assert.Equal(new BatchingPlan(4, 3, 64), For(new SentenceEncoderOptions { Threads = 3, MaxTokensPerBatch = 64 }));
    }

    [Fact]
    public void What_was_tuned_for_another_machine_is_not_used()
    {
        var untuned = For(new SentenceEncoderOptions());
        new EncoderTuning(Processors: 16, Lanes: 4, ThreadsPerLane: 4, MaxTokensPerBatch: 1000).Save(_folder.Path);

        Assert.Equal(untuned, For(new SentenceEncoderOptions()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("{\"processors\": 8, \"lanes\": 0, \"threadsPerLane\": 1, \"maxTokensPerBatch\": 256}")]
    public void A_broken_file_is_an_error_that_names_it(string text)
    {
        File.WriteAllText(_folder[EncoderTuning.FileName], text);

        var error = Assert.Throws<InvalidDataException>(() => For(new SentenceEncoderOptions()));

        Assert.Contains("tuning.json is not what 'simcse bench tune' writes", error.Message, StringComparison.Ordinal);
    }

    private BatchingPlan For(SentenceEncoderOptions options, Precision precision = Precision.Float32) =>
        BatchingPlan.Create(precision, _folder.Path, options, processors: 8);
}
