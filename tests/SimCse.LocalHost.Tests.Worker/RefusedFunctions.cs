using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>What the local host does not run.</summary>
public sealed class RefusedFunctions
{
    [Function("Odd")]
    public void Odd([OddTrigger] object odd) => throw new NotSupportedException($"{odd}");

    [Function("Typed")]
    public void Typed([QueueTrigger("typed")] QueueMessage message) => throw new NotSupportedException($"{message}");

    [Function("Sender")]
    [QueueOutput("sent")]
    public string Sender([QueueTrigger("sender")] string message) => message;
}
