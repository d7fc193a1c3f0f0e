using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

/// <summary>What the host asks a worker that has opened its stream, until it can take invocations.</summary>
/// <remarks>Order and capabilities as in GrpcWorkerChannel.cs of Azure/azure-functions-host at 89dc438d.</remarks>
internal sealed class WorkerStart(WorkerChannel channel, string appRoot, AppSettings settings)
{
    /// <summary>A version of the host this was written after; workers see it and rarely care.</summary>
    private const string HostVersion = "4.1044.0.0";

    /// <summary>Initializes the worker, reads its functions and has it load them.</summary>
    /// <exception cref="LocalHostException">
    /// The worker refuses, or its functions ask for something that the local host does not know.
    /// </exception>
    /// <exception cref="WorkerGoneException">The worker ended before.</exception>
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
        // A worker reads its bindings from here, and has not always filled them in itself.
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
