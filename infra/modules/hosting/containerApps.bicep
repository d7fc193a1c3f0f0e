metadata description = 'The app on Azure Container Apps (kind functionapp): CPU or a serverless GPU, replicas from zero, scaled by the queues.'

import { list, settings } from '../settings.bicep'

@export()
@description('Workload profile, vCPUs and memory of a replica.')
type replica = {
  @description('Type of the workload profile.')
  profile: 'Consumption' | 'Consumption-GPU-NC8as-T4' | 'Consumption-GPU-NC24-A100'

  @description('vCPUs.')
  cpu: '0.5' | '1' | '2' | '4' | '8' | '24'

  @description('Memory in GiB.')
  memoryGi: int
}

@description('Region; GPUs are not everywhere.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the environment.')
param environmentName string

@description('Name of the app.')
@maxLength(32)
param appName string

@description('What a replica runs on.')
param size replica

@description('Replicas that are always there and paid for.')
@minValue(0)
param minReplicas int

@description('Replicas at most.')
@minValue(1)
@maxValue(1000)
param maxReplicas int

@description('Image of the app, registry included.')
param image string

@description('Host name of the registry.')
param registryServer string

@description('Resource id of the app\'s identity.')
param identityId string

@description('What the app needs to know.')
param appSettings settings

@description('Whether the app has an address that is reached from the internet, over HTTPS and with a function key.')
param publicIngress bool

@description('Origins whose web pages may use the HTTP functions (CORS), such as https://app.example.com. Empty: none.')
param allowedOrigins string[]

@description('Resource id of the subnet of the environment; empty for none.')
param subnetId string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var names = loadJsonContent('../../names.json')
var queueNames = map(items(names.queues), queue => queue.value)
var scaledQueueNames = concat(queueNames, map(queueNames, queue => '${queue}${names.poisonSuffix}'))

var serverlessCpu = 'Consumption'

// One message for each that an instance takes at once: the host's own setting, read from where the host reads it. A GPU encodes a shard sooner
// than a processor writes its part, so it gets six of them (docs/gpu.md).
var batchSize = size.profile == serverlessCpu
  ? loadJsonContent('../../../src/SimCse.Functions/host.json').extensions.queues.batchSize
  : 4
var queueSettings = size.profile == serverlessCpu
  ? []
  : [
      { name: 'AzureFunctionsJobHost__extensions__queues__batchSize', value: string(batchSize) }
      { name: 'AzureFunctionsJobHost__extensions__queues__newBatchThreshold', value: '2' }
    ]
var gpuProfile = 'gpu'

resource environment 'Microsoft.App/managedEnvironments@2026-01-01' = {
  name: environmentName
  location: location
  tags: tags
  properties: {
    // Through diagnostic settings: Log Analytics as a destination takes the workspace's key.
    appLogsConfiguration: { destination: 'azure-monitor' }
    publicNetworkAccess: publicIngress ? 'Enabled' : 'Disabled'
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: !publicIngress }
    workloadProfiles: concat(
      [{ name: serverlessCpu, workloadProfileType: 'Consumption' }],
      size.profile == serverlessCpu ? [] : [{ name: gpuProfile, workloadProfileType: size.profile }]
    )
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

// The preview's allowScalingRuleOverride lets the rules below stand. The rules that the platform makes of the functions' triggers have been seen
// to be left out when the storage connection goes by a user-assigned identity (microsoft/azure-container-apps issues 1633 and 1817).
resource app 'Microsoft.App/containerApps@2026-03-02-preview' = {
  name: appName
  location: location
  tags: tags
  kind: 'functionapp'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: size.profile == serverlessCpu ? serverlessCpu : gpuProfile
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        allowInsecure: false
        corsPolicy: empty(allowedOrigins)
          ? null
          : { allowedOrigins: allowedOrigins, allowedMethods: ['*'], allowedHeaders: ['*'], exposeHeaders: ['*'] }
        external: publicIngress
        targetPort: 80
        transport: 'auto'
      }
      registries: [{ server: registryServer, identity: identityId }]
    }
    template: {
      // Time for the shards in hand when a replica is taken away; what is not finished is delivered again.
      terminationGracePeriodSeconds: 120
      containers: [
        {
          name: 'functions'
          image: image
          resources: { cpu: json(size.cpu), memory: '${size.memoryGi}Gi' }
          env: concat(list(appSettings), queueSettings, [
            { name: 'FUNCTIONS_WORKER_RUNTIME', value: 'dotnet-isolated' }
          ])
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 80 }
              failureThreshold: 10
              periodSeconds: 30
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health/live', port: 80 }
              failureThreshold: 5
              periodSeconds: 30
              timeoutSeconds: 10
            }
          ]
        }
      ]
      scale: {
        #disable-next-line BCP037 // the service knows it from 2026-03-02-preview on, the types of bicep 0.49.2 do not
        allowScalingRuleOverride: true
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        pollingInterval: 15
        cooldownPeriod: 300
        rules: concat(
          map(scaledQueueNames, queue => {
            name: 'queue-${queue}'
            azureQueue: {
              accountName: appSettings.storageAccountName
              queueName: queue
              queueLength: batchSize
              identity: identityId
            }
          }),
          [{ name: 'http', http: { metadata: { concurrentRequests: '20' } } }]
        )
      }
    }
  }
}

@description('Address of the app; without public ingress it is reached from inside the environment only.')
output url string = 'https://${app.properties.configuration.ingress.fqdn}'
