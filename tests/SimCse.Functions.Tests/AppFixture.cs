using SimCse.Functions.Tests;
using SimCse.Inference;
using SimCse.Models;
using SimCse.Testing;

[assembly: AssemblyFixture(typeof(AppFixture))]

namespace SimCse.Functions.Tests;

/// <summary>What every test may share: Azurite, the demo model's bundle, and one handler over both, its model warm, its limits small.</summary>
public sealed class AppFixture : IAsyncLifetime
{
    public const int MaxTexts = 8;
    public const int MaxCharacters = 1000;
    public const int MaxBodyBytes = 20_000;

    private readonly AzuriteFixture _azurite = new();
    private readonly TemporaryFolder _folder = new();
    private HandlerProcess? _handler;

    public Bundle Bundle { get; private set; } = null!;

    public string ConnectionString => _azurite.ConnectionString;

    public HttpClient Client => _handler!.Client;

    internal HandlerProcess Handler => _handler!;

    /// <summary>What the host would put into the environment, but for the port.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["AzureWebJobsStorage"] = ConnectionString,
        ["Model__Bundle"] = Bundle.Folder,
        ["Embed__MaxTexts"] = $"{MaxTexts}",
        ["Embed__MaxCharacters"] = $"{MaxCharacters}",
        ["Embed__MaxBodyBytes"] = $"{MaxBodyBytes}",
    };

    public async ValueTask InitializeAsync()
    {
        Bundle = DemoModel.CreateBundle(_folder["bundle"]);
        await _azurite.InitializeAsync();
        _handler = await HandlerProcess.StartAsync(Settings, TestContext.Current.CancellationToken);
        await _handler.ReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_handler is not null)
        {
            await _handler.DisposeAsync();
        }

        await _azurite.DisposeAsync();
        _folder.Dispose();
    }
}
