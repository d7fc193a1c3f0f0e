using System.CommandLine;
using Microsoft.Extensions.Logging;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.Benchmarks.Faults;

/// <summary>
/// <c>faults-host</c>: one host of a <see cref="FaultCampaign"/>, in a process of its own so that it can be killed. Its connection string
/// is in the environment. It writes a line when it is ready, and ends when its standard input does.
/// </summary>
internal sealed class FaultsHostCommand : CliCommand
{
    public const string CommandName = "faults-host";
    public const string Ready = "ready";

    /// <summary>In place of the extension's ten minutes, so that the shards of a killed process come again during a campaign.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>In place of the app's schedule.</summary>
    private static readonly TimeSpan ReconcileInterval = TimeSpan.FromSeconds(15);

    private readonly Argument<string> _bundle = new("BUNDLE");
    private readonly Argument<string> _log = new("LOG");

    public FaultsHostCommand()
        : base(CommandName, "One host of a campaign of faults.")
    {
        Hidden = true;
        Add(_bundle);
        Add(_log);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        using var log = new LogFile(context.Get(_log)!, LogLevel.None);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var host = await FunctionsHost.StartAsync(
            new FunctionsHostOptions
            {
                AppRoot = FunctionsApp.Find(),
                LoggerFactory = logs,
                ConfigureQueues = new ShortLease(Lease).Configure,
                Settings = new Dictionary<string, string>
                {
                    [StorageConnection.SettingName] = Environment.GetEnvironmentVariable(StorageConnection.SettingName)!,
                    ["Model__Bundle"] = context.Get(_bundle)!,
                },
            },
            context.CancellationToken);
        context.Terminal.Line(Ready);
        var ended = Task.WhenAny(host.Completion, Console.In.ReadToEndAsync(context.CancellationToken));
        while (!ended.IsCompleted)
        {
            await Task.WhenAny(ended, Task.Delay(ReconcileInterval, context.CancellationToken));
            await Task.WhenAny(ended, ReconcileAsync(host, context.CancellationToken));
        }

        return host.Completion.IsFaulted ? ExitCodes.Failure : ExitCodes.Success;
    }

    private static async Task ReconcileAsync(FunctionsHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.InvokeTimerAsync("Reconcile", cancellationToken);
        }
        catch (Exception e) when (e is InvocationFailedException or WorkerGoneException)
        {
            // The worker was killed, or a request of its own failed; the next run goes on.
        }
    }
}
