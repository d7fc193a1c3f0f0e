using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace SimCse.Testing;

/// <summary>
/// Makes the storage extension take messages for seconds instead of its built-in ten minutes, by changing the query of its requests. It
/// renews a lease after half of ten minutes, so a lease of seconds expires.
/// </summary>
public sealed class ShortLease(TimeSpan lease) : AzureComponentFactory
{
    public void Configure(IServiceCollection services) => services.AddSingleton<AzureComponentFactory>(this);

    public override TokenCredential CreateTokenCredential(IConfiguration configuration) => null!; // the connection is a string

    public override object CreateClientOptions(Type optionsType, object? serviceVersion, IConfiguration configuration)
    {
        var options = new QueueClientOptions();
        options.AddPolicy(new Policy(lease), HttpPipelinePosition.PerCall);
        return options;
    }

    public override object CreateClient(Type clientType, IConfiguration configuration, TokenCredential credential, object clientOptions)
        => new QueueServiceClient(((IConfigurationSection)configuration).Value, (QueueClientOptions)clientOptions);

    private sealed class Policy(TimeSpan lease) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            var seconds = lease.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            message.Request.Uri.Query = message.Request.Uri.Query.Replace(
                "visibilitytimeout=600", $"visibilitytimeout={seconds}", StringComparison.Ordinal);
        }
    }
}
