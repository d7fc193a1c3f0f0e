using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Protocol;
using RpcException = Grpc.Core.RpcException;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// The host's side of the gRPC protocol: HTTP/2 without TLS on loopback. Each worker opens one stream and sends its id. Members are
/// thread-safe.
/// </summary>
internal sealed class RpcServer : IAsyncDisposable
{
    /// <summary>The time for the first message, so that streams of others do not pile up.</summary>
    private static readonly TimeSpan FirstMessageTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected;

    private RpcServer(WebApplication app, ConcurrentDictionary<string, WorkerChannel> expected) => (_app, _expected) = (app, expected);

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public static async Task<RpcServer> StartAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var expected = new ConcurrentDictionary<string, WorkerChannel>();
        var builder = QuietWebApplication.CreateBuilder(loggers);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(expected).AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        var app = builder.Build();
        app.MapGrpcService<FunctionRpcService>();
        var server = new RpcServer(app, expected);
        await app.StartAsync(cancellationToken);
        server.Address = app.Address();
        return server;
    }

    /// <summary>
    /// Admits one stream with this id, which only its worker knows. The channel belongs to this worker only and ends with it.
    /// </summary>
    public WorkerChannel Expect(string workerId, ILoggerFactory loggers) => _expected[workerId] = new(loggers);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class FunctionRpcService(ConcurrentDictionary<string, WorkerChannel> expected) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream,
            ServerCallContext context)
        {
            var channel = await FirstChannelAsync(requestStream, context.CancellationToken) ?? throw new RpcException(
                new Status(
                    StatusCode.PermissionDenied, "The first message must be StartStream, from a worker that this host has started."));
            await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
        }

        private async Task<WorkerChannel?> FirstChannelAsync(
            IAsyncStreamReader<StreamingMessage> requestStream, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(FirstMessageTimeout);
            try
            {
                return await requestStream.MoveNext(limit.Token) && requestStream.Current.StartStream is { } start
                    && expected.TryRemove(start.WorkerId, out var channel)
                    ? channel
                    : null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }
}
