using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>The worker, for a process of its own or inside a test's.</summary>
public static class WorkerApp
{
    /// <summary>The worker's own reading of the command line looks at the process's arguments, which are not a test's to give.</summary>
    private static readonly Dictionary<string, string> HostArguments = new()
    {
        ["--functions-uri"] = "Functions:Worker:HostEndpoint",
        ["--functions-request-id"] = "Functions:Worker:RequestId",
        ["--functions-worker-id"] = "Functions:Worker:WorkerId",
        ["--functions-grpc-max-message-length"] = "Functions:Worker:GrpcMaxMessageLength",
    };

    public static IHost Create(string[] args, Recorder recorder)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.Configuration.AddCommandLine(args, HostArguments);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddSingleton(recorder);
        return builder.Build();
    }
}
