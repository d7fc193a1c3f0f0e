using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Inference.Internals;

namespace SimCse.Benchmarks.Gpu;

/// <summary>A graph on the GPU without anything of ours around it.</summary>
internal sealed class GpuGraph : IDisposable
{
    private readonly InferenceSession _session;
    private readonly int _vocabulary;
    private readonly int _dimension;

    public GpuGraph(string path, int vocabulary, int dimension, params (string Name, string Value)[] settings)
    {
        (_vocabulary, _dimension) = (vocabulary, dimension);
        using var options = Options(settings);
        _session = new InferenceSession(path, options);
    }

    /// <summary>The options of our encoder's session, with some of the provider's settings changed.</summary>
    public static SessionOptions Options(params (string Name, string Value)[] settings)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            EnableMemoryPattern = false,
        };
        if (!GpuDevice.IsThere)
        {
            return options;
        }

        using var cuda = new OrtCUDAProviderOptions();
        var values = new Dictionary<string, string>(EncoderSession.CudaOptions);
        foreach (var (name, value) in settings)
        {
            values[name] = value;
        }

        cuda.UpdateOptions(values);
        options.AppendExecutionProvider_CUDA(cuda);
        return options;
    }

    /// <param name="rows">The sequences of a batch.</param>
    /// <param name="length">The ids of a sequence.</param>
    /// <param name="lanes">The number of batches that run at once.</param>
    /// <param name="bound">Whether ids and vectors are bound once, or given with each run.</param>
    /// <param name="duration">The duration of the measurement.</param>
    /// <returns>Sequences per second in all lanes together.</returns>
    public double Measure(int rows, int length, int lanes, bool bound, TimeSpan duration)
    {
        using var start = new Barrier(lanes);
        var runs = new int[lanes];
        var seconds = new double[lanes];
        Exception? failure = null;
        var threads = Enumerable.Range(0, lanes).Select(lane => new Thread(() =>
        {
            try
            {
                RunLane(lane);
            }
            catch (Exception e)
            {
                failure = e;
                start.RemoveParticipant(); // the other lanes would wait for it
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return failure is null ? Enumerable.Range(0, lanes).Sum(lane => rows * runs[lane] / seconds[lane]) : throw failure;

        void RunLane(int lane)
        {
            using var batch = new Batch(_session, rows, length, _vocabulary, _dimension, bound, seed: lane + 1);
            batch.Run();
            batch.Run();
            start.SignalAndWait();
            var watch = Stopwatch.StartNew();
            do
            {
                batch.Run();
                runs[lane]++;
            }
            while (watch.Elapsed < duration);
            seconds[lane] = watch.Elapsed.TotalSeconds;
        }
    }

    public void Dispose() => _session.Dispose();

    private sealed class Batch : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _run = new();
        private readonly OrtValue _ids;
        private readonly OrtValue _vectors;
        private readonly OrtIoBinding? _binding;

        public Batch(InferenceSession session, int rows, int length, int vocabulary, int dimension, bool bound, int seed)
        {
            _session = session;
            var random = new Random(seed);
            var ids = Enumerable.Range(0, rows * length).Select(_ => random.Next(5, vocabulary)).ToArray();
            _ids = OrtValue.CreateTensorValueFromMemory(ids, [rows, length]);
            _vectors = OrtValue.CreateTensorValueFromMemory(new float[rows * dimension], [rows, dimension]);
            if (bound)
            {
                _binding = session.CreateIoBinding();
                _binding.BindInput(GraphNames.InputIds, _ids);
                _binding.BindOutput(GraphNames.SentenceEmbedding, _vectors);
            }
        }

        public void Run()
        {
            if (_binding is null)
            {
                _session.Run(_run, [GraphNames.InputIds], [_ids], [GraphNames.SentenceEmbedding], [_vectors]);
            }
            else
            {
                _session.RunWithBinding(_run, _binding);
                _binding.SynchronizeBoundOutputs();
            }
        }

        public void Dispose()
        {
            _binding?.Dispose();
            _ids.Dispose();
            _vectors.Dispose();
            _run.Dispose();
        }
    }
}
