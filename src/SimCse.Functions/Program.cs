using Microsoft.Azure.Functions.Worker.Builder;
using SimCse.Functions;
using SimCse.Functions.Health;
using SimCse.Jobs;

var times = new StartupTimes();
try
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication().AddSimCse(times);
    using var app = builder.Build();
    var storage = app.Services.GetRequiredService<StoragePreparation>(); // got here, because the app disposes of its services
    await app.RunUntilStoppedAsync();
    return storage.Failure is null ? 0 : throw storage.Failure; // 0 means that the app was stopped on request
}
catch (Exception e)
{
    // The host keeps the last lines of standard error for its report. Exit code 0 means success, and prevents any restart of the worker.
    await Console.Error.WriteLineAsync($"The SimCSE Functions app cannot run: {VisibleText.EscapeLines(e.Message)}");
    return 1;
}
