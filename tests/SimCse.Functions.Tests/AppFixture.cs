using SimCse.Functions.Tests;
using SimCse.Inference;
using SimCse.Models.Untrained;
using SimCse.Testing;

[assembly: AssemblyFixture(typeof(AppFixture))]

namespace SimCse.Functions.Tests;

/// <summary>
/// What every test may share: Azurite, the demo model's bundle with two prompts, and one app over both, its model warm, its limits small.
/// </summary>
public sealed class AppFixture : IAsyncLifetime
{
    public const int MaxTexts = 8;
    public const int MaxCharacters = 1000;
    public const int MaxBodyBytes = 20_000;
    public const string QueryPrompt = "質問: ";
    public const string PassagePrompt = "文章: ";

    private readonly AzuriteFixture _azurite = new();
    private readonly TemporaryFolder _folder = new();
    private RunningApp? _app;

    public Bundle Bundle { get; private set; } = null!;

    public string ConnectionString => _azurite.ConnectionString;

    public HttpClient Client => _app!.Client;

    internal RunningApp App => _app!;

    /// <summary>The app's settings.</summary>
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
        var plain = DemoModel.CreateBundle(_folder["bundle"]);
        Bundle = Bundle.Seal(plain.Folder, plain.Manifest with
        {
            Prompts = new Dictionary<string, string> { ["query"] = QueryPrompt, ["passage"] = PassagePrompt },
        });
        await _azurite.InitializeAsync();
        _app = await RunningApp.StartAsync(Settings);
        await _app.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _azurite.DisposeAsync();
        _folder.Dispose();
    }
}
