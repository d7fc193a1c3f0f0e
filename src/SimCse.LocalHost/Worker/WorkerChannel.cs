using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Protocol;
using RpcException = Grpc.Core.RpcException;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// The conversation with one worker. Messages are sent in order, answers are matched to their questions by the request's id, and the
/// worker's logs go to the host's loggers. Members are thread-safe.
/// </summary>
internal sealed class WorkerChannel(ILoggerFactory loggers)
{
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _questions = new();
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the worker has opened its stream.</summary>
    public Task Opened => _opened.Task;

    /// <summary>Completes when the stream or the process has ended. After that no question is answered.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Serves the stream until it ends.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        _opened.TrySetResult();
        var writing = WriteAsync(outgoing, cancellationToken);
        try
        {
            while (await incoming.MoveNext(cancellationToken))
            {
                Receive(incoming.Current);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException)
        {
            // The worker has ended without closing its stream; what it was asked fails below.
        }

        Close();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Sends a question under an id of its own and returns the answer.</summary>
    /// <exception cref="WorkerGoneException">The stream has ended before the answer came.</exception>
    public Task<StreamingMessage> AskAsync(StreamingMessage question, string id)
    {
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[id] = answer;
        question.RequestId = id;
        Tell(question);
        if (Closed.IsCompleted)
        {
            FailAll();
        }

        return answer.Task;
    }

    /// <summary>Sends a message that has no answer. A message that comes too late is lost.</summary>
    public void Tell(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Fails all open questions of a process that is known to have ended. May be called again.</summary>
    public void Close()
    {
        _outgoing.Writer.TryComplete();
        _closed.TrySetResult();
        FailAll();
    }

    private void FailAll()
    {
        foreach (var id in _questions.Keys)
        {
            if (_questions.TryRemove(id, out var answer))
            {
                answer.TrySetException(new WorkerGoneException());
            }
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await outgoing.WriteAsync(message, cancellationToken);
        }
    }

    private void Receive(StreamingMessage message)
    {
        if (message.RpcLog is { Category.Length: > 0 } log)
        {
            Write(log);
        }
        else if (_questions.TryRemove(message.RequestId, out var answer))
        {
            answer.TrySetResult(message);
        }
    }

    /// <summary>
    /// Levels have the numbers of <see cref="LogLevel"/>. Metrics have no category and are not used here. Like the host, this ignores a
    /// line of the app that belongs to no current invocation, so that apps do not rely on what Azure lacks.
    /// </summary>
    private void Write(RpcLog log)
    {
        var text = log.Exception is { Message.Length: > 0 } exception
            ? $"{log.Message}{Environment.NewLine}{exception.Message}"
            : log.Message;
        var logger = _loggers.GetOrAdd(log.Category, loggers.CreateLogger);
        if (log.LogCategory == RpcLog.Types.RpcLogCategory.User && !_questions.ContainsKey(log.InvocationId))
        {
            logger.LogDebug("Ignored, for it belongs to no invocation: {Message}", text);
            return;
        }

        logger.Log((LogLevel)log.Level, new EventId(0, log.EventId), "{Message}", text);
    }
}
