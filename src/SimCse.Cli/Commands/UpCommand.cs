using System.CommandLine;
using Microsoft.Extensions.Logging;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse up</c>: runs storage and the Functions app on this machine until Ctrl-C.</summary>
internal sealed class UpCommand : CliCommand
{
    private const string Example = """{"inputs": "吾輩は猫である。"}""";

    private const string KeyVariable = "SIMCSE_KEY";

    private readonly Option<int> _instances = new("--instances")
    {
        Description = "Instances of the app side by side, as when Azure has scaled out.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<int> _port = new("--port")
    {
        Description = "Port of the HTTP functions on 127.0.0.1; 0 takes a free one.",
        HelpName = "PORT",
        DefaultValueFactory = _ => 7071,
    };

    private readonly SecretOption _key = new(
        "--key", "KEY", "Key that HTTP functions ask for, as in Azure: header x-functions-key or query parameter code.", KeyVariable);

    private readonly SecretOption _connection = new(
        "--connection", "STRING", "Connection string of storage that runs already, instead of an Azurite of its own.",
        CommonOptions.ConnectionVariable, StorageConnection.SettingName);

    private readonly Option<bool> _showKey = new("--show-key")
    {
        Description = "Also show the key, and the connection string with its key.",
    };

    private readonly Option<string[]> _allowOrigin = new("--allow-origin")
    {
        Description = "Origin whose web pages may use the HTTP functions (CORS), such as http://localhost:3000; may be given several " +
            "times. Default: none.",
        HelpName = "ORIGIN",
    };

    private readonly Option<string?> _app = new("--app")
    {
        Description = "Folder of a published Functions app. Default: the one that was built with this program.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = CommonOptions.Json("addresses, once it runs,");

    public UpCommand()
        : base("up", "Run Azurite and the Functions app here until Ctrl-C. Text files that are dropped into storage become embeddings.")
    {
        Add(_instances);
        Add(_model);
        Add(_data);
        Add(_port);
        _key.AddTo(this);
        _connection.AddTo(this);
        Add(_showKey);
        Add(_allowOrigin);
        Add(_app);
        Add(_json);
        _instances.Between(1, 64);
        _port.Between(0, 65535);
        Examples = ["simcse up", "simcse up --instances 2 --model ./bundle", "simcse up --connection UseDevelopmentStorage=true --port 0"];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var data = context.Get(_data)!;
        PrepareFolders(data);
        using var held = CrossProcessLock.TryAcquire(LockOf(data)) ?? throw RunsAlready(data);
        var key = _key.Read(context)?.Value;
        var (connection, from) = _connection.Read(context) ?? default;
        if (connection is not null)
        {
            await StorageSelection.CheckAsync(StorageConnection.FromConnectionString(connection), from, context.CancellationToken);
            context.Terminal.Note($"Using the storage {from}; no Azurite is started.");
        }

        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        bundle.VerifyCovered(); // the app does so too, but says it late and at length
        PrivateFile.CreateFolder(Path.Combine(data, "azurite"), closesExisting: true);
        using var activity = context.Get(_json) ? null : new ActivityLog(context.Terminal);
        using var log = new LogFile(
            Path.Combine(data, "up.log"), context.IsVerbose ? LogLevel.Information
                : LogLevel.Warning, activity is null ? null
                : ActivityLog.Shows);
        var options = LocalRun.Options(bundle, context.Get(_app));
        options = options with
        {
            ConnectionString = connection,
            Azurite = options.Azurite with { DataFolder = Path.Combine(data, "azurite") },
            UsualPorts = true,
            Host = options.Host with
            {
                Instances = context.Get(_instances),
                Port = context.Get(_port),
                FunctionKey = key,
                AllowedOrigins = context.Get(_allowOrigin) ?? [],
                OnBlobNoticed = activity is null ? null : activity.Noticed,
            },
        };
        ILoggerProvider[] logs = activity is null ? [log] : [log, activity];
        await using (var run = await LocalRun.StartAsync(options, new Phases(context.Terminal), context.CancellationToken, logs))
        {
            var state = UpState.Create(
                run.ConnectionString, run.Host.BaseAddress, bundle.Model.Name, [.. run.Host.Workers.Select(worker => worker.ProcessId)]);
            await RunUntilStoppedAsync(state, bundle.Model.Untrained, data, run, log, context);
            context.Terminal.Note("Stopping: shards in flight are finished first, for 30 s at most; Ctrl-C again kills …");
        }

        context.Terminal.Note("Stopped.");
        return ExitCodes.Success; // Ctrl-C is the normal way to end this command
    }

    private async Task RunUntilStoppedAsync(
        UpState state, bool isUntrained, string data, LocalRun run, LogFile log, CliContext context)
    {
        state.Write(data);
        state.WriteForAllFolders();
        try
        {
            Announce(state, isUntrained, data, run.Client.Storage, log, context);
            await run.Completion.WaitAsync(context.CancellationToken);
            throw new CliException($"The Functions host stopped by itself; {log.Path} says more.");
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // A stop was requested.
        }
        finally
        {
            state.RemoveForAllFolders();
            UpState.Remove(data);
        }
    }

    private static void PrepareFolders(string data)
    {
        try
        {
            PrivateFile.CreateFolder(data);
            PrivateFile.Create(Path.Combine(data, $".{Guid.NewGuid():N}"), options: FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                $"No file can be made in the data folder '{data}' ({SystemError.Describe(e)}); choose another one with --data or " +
                $"{CommonOptions.DataVariable}.", e);
        }

        UserCache.Prepare(UserCache.Folder);
    }

    private static string LockOf(string data) => Path.Combine(data, "up.lock");

    private static CliException RunsAlready(string data)
    {
        var where = UpState.TryRead(data) is { } state ? $", {state.Address}" : "";
        var (who, kill) = CrossProcessLock.HolderOf(LockOf(data)) is { } id
            ? ($"process {id}", $", or with 'kill {id}'")
            : ("another process", "");
        return new CliException(
            $"'simcse up' runs already with the data folder '{data}' ({who}{where}); stop it with Ctrl-C in its terminal{kill}, or " +
            "choose another --data.");
    }

    private void Announce(
        UpState state, bool isUntrained, string data, JobStorage storage, LogFile log, CliContext context)
    {
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonLine.Write(json =>
            {
                json.WriteString("address", state.Address.ToString());
                if (context.Get(_showKey))
                {
                    json.WriteString("connectionString", state.ConnectionString);
                }

                json.WriteString("model", state.Model);
                json.WriteNumber("processId", state.ProcessId);
            }));
            return;
        }

        var elsewhere = data == CommonOptions.DefaultDataFolder ? "" : $" --data {data}";
        var key = _key.Read(context) is not { } given ? ""
            : context.Get(_showKey) ? $" -H 'x-functions-key: {given.Value}'"
            : $" -H \"x-functions-key: ${KeyVariable}\"";
        var connection = context.Get(_showKey) ? state.ConnectionString : $"in {Path.Combine(data, UpState.FileName)}, or with --show-key";
        context.Terminal.Line(
            "",
            $"HTTP          {state.Address}v1/embeddings  …embed  …api/embed  …api/jobs  …health/ready",
            $"Blobs         {Address(storage.Texts.Uri)}: drop text files into the container {StorageNames.Texts}, find Parquet in " +
            StorageNames.Embeddings,
            $"Queues        {Address(storage.PlanQueue.Uri)}",
            $"Connection    {connection}",
            $"Model         {state.Model}{(isUntrained ? ", UNTRAINED" : "")}",
            $"Log           {log.Path}",
            "",
            elsewhere.Length > 0 ? "In another terminal, in this folder:" : "In another terminal:",
            $"  simcse submit FILE --wait{elsewhere}",
            $"  simcse jobs{elsewhere}",
            $"  curl {state.Address}api/embed{key} -H content-type:application/json -d @- <<< '{Example}'",
            $"Ctrl-C stops everything; the data stays in {data}.");
    }

    /// <summary>The address of the service that a container or queue belongs to, without a signature.</summary>
    private static Uri Address(Uri part) => new(new Uri(part.GetLeftPart(UriPartial.Path)), ".");
}
