using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.LocalHost.Protocol;
using SimCse.LocalHost.Worker;
using SimCse.Testing;
using RpcException = Grpc.Core.RpcException;

namespace SimCse.LocalHost.Tests;

/// <summary>Only the worker that the host has started can open a stream.</summary>
public sealed class RpcServerTests
{
    private static readonly Marshaller<StreamingMessage> Marshaller = Marshallers.Create(
        message => Google.Protobuf.MessageExtensions.ToByteArray(message), StreamingMessage.Parser.ParseFrom);

    private static readonly Method<StreamingMessage, StreamingMessage> EventStream = new(
        MethodType.DuplexStreaming, "AzureFunctionsRpcMessages.FunctionRpc", "EventStream", Marshaller, Marshaller);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_of_another_program_is_refused_and_the_workers_own_goes_on()
    {
        await using var server = await RpcServer.StartAsync(NullLoggerFactory.Instance, Cancellation);
        var channel = server.Expect("the id", NullLoggerFactory.Instance);
        using var client = GrpcChannel.ForAddress(server.Address);

        await RefusedAsync(client, new() { StartStream = new() { WorkerId = "another id" } });
        await RefusedAsync(client, new() { StartStream = new() });
        await RefusedAsync(client, new() { RequestId = "1", InvocationResponse = new() { InvocationId = "1" } });
        Assert.False(channel.Opened.IsCompleted);

        using var own = client.CreateCallInvoker().AsyncDuplexStreamingCall(EventStream, null, new(cancellationToken: Cancellation));
        await own.RequestStream.WriteAsync(new() { StartStream = new() { WorkerId = "the id" } }, Cancellation);
        await channel.Opened.WaitAsync(Eventually.DefaultTimeout, Cancellation);

        await RefusedAsync(client, new() { StartStream = new() { WorkerId = "the id" } });
        Assert.False(channel.Closed.IsCompleted);
    }

    private static async Task RefusedAsync(GrpcChannel client, StreamingMessage first)
    {
        using var call = client.CreateCallInvoker().AsyncDuplexStreamingCall(EventStream, null, new(cancellationToken: Cancellation));
        await call.RequestStream.WriteAsync(first, Cancellation);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }
}
