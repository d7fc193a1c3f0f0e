using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

/// <summary>Asks a worker that has opened its stream for everything that is needed before it can take invocations.</summary>
/// <remarks>The order and the capabilities are those of GrpcWorkerChannel.cs of Azure/azure-functions-host at 89dc438d.</remarks>
internal sealed class WorkerStart(WorkerChannel channel, string appRoot, AppSettings settings)
{
    /// <summary>The version of the host that this code follows. Workers can see it and rarely use it.</summary>
    private const string HostVersion = "4.1044.0.0";

    /// <summary>Initializes the worker, reads its functions and lets it load them.</summary>
    /// <exception cref="LocalHostException">
    /// The worker refuses, or its functions require something that the local host does not know.
    /// </exception>
    /// <exception cref="WorkerGoneException">The worker ended before it answered.</exception>
    public async Task<(IReadOnlyList<FunctionMetadata> Functions, Uri? HttpUri)> RunAsync()
    {
        var init = (await AskAsync(new()
        {
            WorkerInitRequest = new()
            {
                HostVersion = HostVersion,
                Capabilities = { ["MultiStream"] = "10" },
                WorkerDirectory = appRoot,
                FunctionAppDirectory = appRoot,
            },
        })).WorkerInitResponse;
        Check(init.Result, "The worker could not be initialized");

        var metadata = (
            await AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = appRoot } })).FunctionMetadataResponse;
        Check(metadata.Result, "The worker could not describe its functions");
        if (metadata.UseDefaultMetadataIndexing)
        {
            throw new LocalHostException(
                "The worker leaves it to the host to find its functions; set FunctionsEnableWorkerIndexing to true in the app's project.");
        }

        var functions = FunctionReader.ReadAll(metadata.FunctionMetadataResults, settings);
        await Task.WhenAll(functions.Select(LoadAsync));
        return (functions, init.Capabilities.TryGetValue("HttpUri", out var uri) ? new(uri) : null);
    }

    private async Task LoadAsync(FunctionMetadata function)
    {
        // A worker reads its bindings from this field, and does not always fill it in itself.
        var metadata = function.Source.Clone();
        foreach (var binding in function.Bindings)
        {
            metadata.Bindings[binding.Name] = binding.ToRpc();
        }

        var answer = await AskAsync(new() { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = metadata } });
        Check(answer.FunctionLoadResponse.Result, $"The worker could not load function {function.Name}");
    }

    private Task<StreamingMessage> AskAsync(StreamingMessage question) => channel.AskAsync(question, Guid.NewGuid().ToString());

    private static void Check(StatusResult? result, string otherwise)
        => result.ThrowUnlessSuccess(reason => new LocalHostException($"{otherwise}: {reason}"));
}
