using Microsoft.ML.OnnxRuntime;
using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

/// <summary>
/// The device that is asked for, or what happens without it. The tests' build of ONNX Runtime knows no CUDA: its refusals are real.
/// </summary>
public sealed class DeviceChoiceTests(DemoEncoder demo)
{
    private static readonly string[] WithCuda = ["CUDAExecutionProvider", "CPUExecutionProvider"];

    [Fact]
    public void Cpu_is_cpu_without_a_word()
    {
        using var encoder = Load(InferenceDevice.Cpu);

        Assert.Equal((InferenceDevice.Cpu, null), (encoder.Device, encoder.DeviceWarning));
    }

    [Fact]
    public async Task Auto_without_a_GPU_runs_on_cpu_and_says_why()
    {
        using var encoder = Load(InferenceDevice.Auto);

        Assert.Equal(InferenceDevice.Cpu, encoder.Device);
        Assert.Contains("No GPU is used: this build of ONNX Runtime has", encoder.DeviceWarning, StringComparison.Ordinal);
        Assert.Single((await encoder.EncodeAsync(["猫"], cancellationToken: TestContext.Current.CancellationToken)).Tokens);
    }

    [Fact]
    public void Cuda_without_a_GPU_is_an_error_that_says_how_to_get_one()
    {
        var e = Assert.Throws<InvalidOperationException>(() => Load(InferenceDevice.Cuda));

        Assert.Contains("Inference:Device is cuda", e.Message, StringComparison.Ordinal);
        Assert.Contains("-p:OnnxRuntime=gpu", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_that_does_not_load_is_a_reason_for_auto_and_an_error_for_cuda()
    {
        var (session, device, warning) = DeviceChoice.Open(InferenceDevice.Auto, WithCuda, Open);
        using (session)
        {
            Assert.Equal(InferenceDevice.Cpu, device);
            Assert.Contains("CUDA", warning, StringComparison.Ordinal);
        }

        Assert.Throws<InvalidOperationException>(() => DeviceChoice.Open(InferenceDevice.Cuda, WithCuda, Open));
    }

    [Theory]
    [InlineData(InferenceDevice.Cpu, Precision.Float16, "which is for GPUs")]
    [InlineData(InferenceDevice.Cuda, Precision.Int8, "Import the model in fp16")]
    [InlineData(InferenceDevice.Cuda, Precision.Int8Stable, "Import the model in fp16")]
    public void A_bundle_of_the_wrong_precision_for_its_device_is_a_warning(InferenceDevice device, Precision precision, string expected) =>
        Assert.Contains(expected, BatchingPlan.Mismatch(device, precision), StringComparison.Ordinal);

    [Theory]
    [InlineData(InferenceDevice.Cpu, Precision.Float32)]
    [InlineData(InferenceDevice.Cpu, Precision.Int8)]
    [InlineData(InferenceDevice.Cpu, Precision.Int8Stable)]
    [InlineData(InferenceDevice.Cuda, Precision.Float32)]
    [InlineData(InferenceDevice.Cuda, Precision.Float16)]
    public void A_bundle_of_the_right_precision_is_none(InferenceDevice device, Precision precision) =>
        Assert.Null(BatchingPlan.Mismatch(device, precision));

    [Fact]
    public void A_GPU_that_is_not_there_when_the_session_opens_is_a_reason_too()
    {
        var (_, device, warning) = DeviceChoice.Open(
            InferenceDevice.Auto, WithCuda, device =>
                device == InferenceDevice.Cuda ? throw new InvalidDataException("does not load", Refusal()) : "cpu");

        Assert.Equal(InferenceDevice.Cpu, device);
        Assert.StartsWith($"No GPU is used: {Refusal().Message.TrimEnd('.')}. CUDA needs an NVIDIA GPU", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_bundle_is_not_taken_for_a_missing_GPU() => Assert.Throws<InvalidDataException>(
        () => DeviceChoice.Open<string>(InferenceDevice.Auto, WithCuda, _ => throw new InvalidDataException("other graph")));

    [Fact]
    public void A_GPU_is_taken_where_there_is_one_with_larger_batches()
    {
        var (options, cpu) = (new SentenceEncoderOptions(), new BatchingPlan(4, 8, 512));
        var (plan, device, warning) = DeviceChoice.Open(
            InferenceDevice.Auto, WithCuda, device => cpu.On(device, options));

        Assert.Equal((InferenceDevice.Cuda, null), (device, warning));
        Assert.Equal(new BatchingPlan(2, 1, 16_384), plan);
        Assert.Equal(
            new BatchingPlan(3, 1, 4_096),
            cpu.On(InferenceDevice.Cuda, options with { Lanes = 3, MaxTokensPerBatch = 256, MaxTokensPerBatchOnCuda = 4_096 }));
        Assert.Equal(cpu, cpu.On(InferenceDevice.Cpu, options));
    }

    private SentenceEncoder Load(InferenceDevice device) =>
        SentenceEncoder.Load(demo.Bundle, new SentenceEncoderOptions { Device = device });

    private EncoderSession Open(InferenceDevice device) => new(demo.Bundle, new BatchingPlan(1, 1, 512), device);

    /// <summary>As ONNX Runtime makes one.</summary>
    private static OnnxRuntimeException Refusal()
    {
        return Assert.ThrowsAny<OnnxRuntimeException>(() => new InferenceSession([1, 2, 3]));
    }
}
